package unit

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/embedded"
	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/wire"
)

// Row B2: a manager that is stopped accepts (the kernel does) and says nothing.
func TestDialNeverAnswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "private")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	begin := time.Now()
	m := &Manager{Kind: SystemKind, sockets: []wire.Socket{own(path)}}
	err = m.reach(within(t, 100*time.Millisecond))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "does not answer") ||
		problem.Remedy(err) == "" || time.Since(begin) > 2*time.Second {
		t.Errorf("B2: %v, hint %q after %v", err, problem.Remedy(err), time.Since(begin))
	}
}

// On a bus slimrun says hello and asks for the signals before any job.
func TestDialBus(t *testing.T) {
	f := newFake(t, nil)
	m := &Manager{Kind: UserKind, sockets: []wire.Socket{{Path: f.path, Owner: uint32(os.Geteuid()), IsBus: true}}}
	if err := m.reach(within(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	defer m.Hangup()
	if want := []string{"Hello", "AddMatch", "Subscribe"}; !slices.Equal(f.greeted(), want) {
		t.Errorf("the bus heard %v, want %v", f.greeted(), want)
	}
}

// Row B4: where the first socket fails the next is tried, and all are named
// when none answers.
func TestDialTriesAll(t *testing.T) {
	f := newFake(t, nil)
	m := &Manager{Kind: SystemKind, sockets: []wire.Socket{own(f.path + "-gone"), own(f.path)}}
	if err := m.reach(within(t, 5*time.Second)); err != nil {
		t.Error("B4:", err)
	}
	m.Hangup()
	m.sockets = []wire.Socket{own(f.path + "-one"), own(f.path + "-two")}
	err := m.reach(within(t, 5*time.Second))
	if err == nil || !strings.Contains(err.Error(), "-one") || !strings.Contains(err.Error(), "-two") ||
		problem.Remedy(err) == "" {
		t.Errorf("B1: %v, hint %q", err, problem.Remedy(err))
	}
}

// Row B4: a bus at its limit of connections takes one and ends it at once: the
// private socket is tried then, and where there is none the error says so.
func TestDialConnectionLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			stream, err := listener.Accept()
			if err != nil {
				return
			}
			stream.Close()
		}
	}()
	full := wire.Socket{Path: path, Owner: uint32(os.Geteuid()), IsBus: true}
	m := &Manager{Kind: UserKind, sockets: []wire.Socket{full, own(newFake(t, nil).path)}}
	if err := m.reach(within(t, 5*time.Second)); err != nil {
		t.Error("B4:", err)
	}
	m.Hangup()
	m.sockets = m.sockets[:1]
	begin := time.Now()
	err = m.reach(within(t, 5*time.Second))
	if err == nil || problem.Remedy(err) == "" || !strings.Contains(err.Error(), path) ||
		time.Since(begin) > 2*time.Second {
		t.Errorf("B4: %v, hint %q after %v, want an error at once that names the socket",
			err, problem.Remedy(err), time.Since(begin))
	}
}

// Rows B2 B17: on a socket from inside Dial waits for nothing; the manager's
// silence, and its refusal, come out with the scope.
func TestStartScopeFromInside(t *testing.T) {
	for answer, want := range map[string]string{"": "does not answer", "REJECTED\r\n": "refused as uid"} {
		ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := os.NewFile(uintptr(ends[0]), "ours"), os.NewFile(uintptr(ends[1]), "theirs")
		io.WriteString(theirs, answer)
		m := &Manager{Kind: EmbeddedKind, embedded: &embedded.Hold{}}
		if err := m.Dial(within(t, time.Second), ours); err != nil {
			t.Fatal(err)
		}
		err = m.StartScope(within(t, 100*time.Millisecond), Scope{Name: "a.scope"}, nothing)
		if err == nil || !strings.Contains(err.Error(), want) || problem.Remedy(err) == "" {
			t.Errorf("B2: answer %q: %v, hint %q, want %q", answer, err, problem.Remedy(err), want)
		}
		m.Hangup()
		theirs.Close()
	}
}

func own(path string) wire.Socket { return wire.Socket{Path: path, Owner: uint32(os.Geteuid())} }

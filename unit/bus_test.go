package unit

import (
	"bufio"
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

	"github.com/slimrun/slimrun/unit/problem"
)

// fullSocket listens with a queue that is full already: connect(2) says EAGAIN.
func fullSocket(t *testing.T) (path string, listener int) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "private")
	listener, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(listener) })
	if err := errors.Join(unix.Bind(listener, &unix.SockaddrUnix{Name: path}), unix.Listen(listener, 0)); err != nil {
		t.Fatal(err)
	}
	for {
		stream, err := net.Dial("unix", path)
		if errors.Is(err, unix.EAGAIN) {
			return path, listener
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { stream.Close() })
	}
}

func own(path string) socket { return socket{path: path, owner: uint32(os.Geteuid())} }

// Row B3: a full queue is tried again until there is room.
func TestConnectRetries(t *testing.T) {
	path, listener := fullSocket(t)
	time.AfterFunc(50*time.Millisecond, func() {
		for range 2 {
			if fd, _, err := unix.Accept(listener); err == nil {
				unix.Close(fd)
			}
		}
	})
	stream, err := connect(within(t, 5*time.Second), own(path))
	if err != nil {
		t.Fatal("B3:", err)
	}
	stream.Close()
}

// Row B3: and in the end it is an error, which says why.
func TestConnectGivesUp(t *testing.T) {
	path, _ := fullSocket(t)
	begin := time.Now()
	_, err := connect(within(t, 100*time.Millisecond), own(path))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "queue stays full") || time.Since(begin) > 2*time.Second {
		t.Errorf("B3: %v after %v", err, time.Since(begin))
	}
}

// Row B2: a manager that is stopped accepts (the kernel does) and says nothing.
func TestDialNeverAnswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "private")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	begin := time.Now()
	m := &Manager{Kind: SystemKind, sockets: []socket{own(path)}}
	err = m.reach(within(t, 100*time.Millisecond))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "does not answer") || problem.Remedy(err) == "" || time.Since(begin) > 2*time.Second {
		t.Errorf("B2: %v, hint %q after %v", err, problem.Remedy(err), time.Since(begin))
	}
}

// Row B17: a socket of another uid, or none at all, is not talked to.
func TestSocketCheck(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it gives a socket away")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "private")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path       string
		uid, owner int
		good       bool
	}{
		"own":             {path, 1000, 1000, true},
		"root's":          {path, 0, 1000, true},
		"B17 another's":   {path, 1001, 1000, false},
		"B17 a user's":    {path, 1000, 0, false},
		"B17 by a link":   {link, 1000, 1000, false},
		"B17 a directory": {dir, 1000, 1000, false},
		"B1 nothing":      {path + "x", 1000, 1000, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.Chown(path, c.uid, -1); err != nil {
				t.Fatal(err)
			}
			s := socket{path: c.path, owner: uint32(c.owner)}
			if _, err := connect(within(t, time.Second), s); (err == nil) != c.good {
				t.Errorf("connecting gives %v, want it good: %v", err, c.good)
			}
		})
	}
}

// The greeting goes out in one piece, and a refusal says who was refused.
func TestGreeting(t *testing.T) {
	for answer, want := range map[string]string{
		"OK 0123\r\n":                    "",
		"REJECTED EXTERNAL\r\n":          "refused as uid",
		"":                               "EOF",
		"OK":                             "EOF",
		strings.Repeat("O", 2*readAhead): "no D-Bus message",
	} {
		ours, theirs := net.Pipe()
		go func() {
			bufio.NewReader(theirs).ReadString('N') // to the N of BEGIN: all in one write
			io.WriteString(theirs, answer)
			theirs.Close()
		}()
		b, err := greet(ours, "pipe")
		if err != nil {
			t.Fatal(err)
		}
		err = b.settle(within(t, 5*time.Second))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("answer %.20q: %v, want %q", answer, err, want)
		}
		ours.Close()
	}
}

// On a bus slimrun says hello and asks for the signals before any job.
func TestDialBus(t *testing.T) {
	f := newFake(t, nil)
	m := &Manager{Kind: UserKind, sockets: []socket{{path: f.path, owner: uint32(os.Geteuid()), isBus: true}}}
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
	m := &Manager{Kind: SystemKind, sockets: []socket{own(f.path + "-gone"), own(f.path)}}
	if err := m.reach(within(t, 5*time.Second)); err != nil {
		t.Error("B4:", err)
	}
	m.Hangup()
	m.sockets = []socket{own(f.path + "-one"), own(f.path + "-two")}
	err := m.reach(within(t, 5*time.Second))
	if err == nil || !strings.Contains(err.Error(), "-one") || !strings.Contains(err.Error(), "-two") || problem.Remedy(err) == "" {
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
	full := socket{path: path, owner: uint32(os.Geteuid()), isBus: true}
	m := &Manager{Kind: UserKind, sockets: []socket{full, own(newFake(t, nil).path)}}
	if err := m.reach(within(t, 5*time.Second)); err != nil {
		t.Error("B4:", err)
	}
	m.Hangup()
	m.sockets = m.sockets[:1]
	begin := time.Now()
	err = m.reach(within(t, 5*time.Second))
	if err == nil || problem.Remedy(err) == "" || !strings.Contains(err.Error(), path) || time.Since(begin) > 2*time.Second {
		t.Errorf("B4: %v, hint %q after %v, want an error at once that names the socket", err, problem.Remedy(err), time.Since(begin))
	}
}

// Row L1: a thousand connect at once to a socket whose queue holds a few.
func TestConnectStorm(t *testing.T) {
	path, listener := fullSocket(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			fd, _, err := unix.Accept(listener)
			if err != nil {
				return
			}
			unix.Close(fd)
		}
	}()
	ctx := within(t, 30*time.Second)
	errs := make(chan error, 1000)
	for range cap(errs) {
		go func() {
			stream, err := connect(ctx, own(path))
			if err == nil {
				stream.Close()
			}
			errs <- err
		}()
	}
	failed := 0
	for range cap(errs) {
		if err := <-errs; err != nil {
			failed++
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "queue stays full") {
				t.Errorf("L1: %v", err)
			}
		}
	}
	if failed > 0 {
		t.Errorf("L1: %d of %d did not get through", failed, cap(errs))
	}
	unix.Shutdown(listener, unix.SHUT_RDWR)
	<-done
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
		m := &Manager{Kind: EmbeddedKind, embedded: &Embedded{}}
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

package nsinit

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// ownNamespace stands for the embedded manager's: a PID namespace that the
// caller has set for its children.
func ownNamespace(t *testing.T) *os.File {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("setns wants root")
	}
	file, err := os.Open("/proc/self/ns/pid")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func listener(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "socket")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return path
}

func expectEnd(t *testing.T, held *Held) {
	t.Helper()
	select {
	case <-held.Done:
	case <-time.After(10 * time.Second):
		t.Fatal("the child outlives its control socket")
	}
}

func TestMidwifeClonesTheInitAndConnects(t *testing.T) {
	held, err := Hold(Clone{Flags: unix.CLONE_NEWPID | unix.CLONE_NEWNS, PIDParent: ownNamespace(t), Connect: listener(t)}, &Config{Argv: []string{"true"}})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[EventKind]Event{}
	for range 2 {
		event := <-held.Events
		seen[event.Kind] = event
	}
	if seen[Connected].File == nil || seen[Ready].Number <= 0 {
		t.Errorf("want a socket and a PID, got %+v", seen)
	}
	held.Kill()
	expectEnd(t, held)
}

func TestMidwifeTellsWhatWentWrong(t *testing.T) {
	held, err := Hold(Clone{Flags: unix.CLONE_NEWPID, PIDParent: ownNamespace(t), Connect: "/nonexistent/socket"}, &Config{Argv: []string{"true"}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		event := <-held.Events
		if event.Kind == Ready {
			continue
		}
		if event.Failure == nil || event.Failure.Step != "connecting to" || event.Failure.Errno != syscall.ENOENT {
			t.Errorf("want the failure to connect, got %+v", event)
		}
	}
	held.Kill()
	expectEnd(t, held)
}

func TestConnectSaysWhy(t *testing.T) {
	if _, err := Connect(ownNamespace(t), "/nonexistent/socket", ""); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("Connect: %v, want ENOENT", err)
	}
}

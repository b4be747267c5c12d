package nsinit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

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
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0) // package net takes cgo
	if err == nil {
		err = errors.Join(unix.Bind(fd, &unix.SockaddrUnix{Name: path}), unix.Listen(fd, 1))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return path
}

func TestHelperClonesTheInit(t *testing.T) {
	held, err := Hold(Clone{Flags: unix.CLONE_NEWPID | unix.CLONE_NEWNS, PIDParent: ownNamespace(t)}, &Config{Argv: []string{"true"}})
	if err != nil {
		t.Fatal(err)
	}
	if event := <-held.Events; event.Kind != Ready || event.Number != held.PID {
		t.Errorf("born as %d, heard of %+v", held.PID, event)
	}
	end(t, held)
}

func TestHelperTellsWhatWentWrong(t *testing.T) {
	_, err := Hold(Clone{Flags: unix.CLONE_NEWNS | unix.CLONE_FS, PIDParent: ownNamespace(t)}, &Config{Argv: []string{"true"}})
	if !errors.Is(err, syscall.EINVAL) {
		t.Errorf("flags that the kernel refuses: %v, want EINVAL", err)
	}
}

// The launcher hears of a socket that the init opens, or of why it could not.
func TestInitPassesItsSocket(t *testing.T) {
	for path, want := range map[string]syscall.Errno{listener(t): 0, "/nonexistent/socket": syscall.ENOENT} {
		held, err := Hold(Clone{Flags: newUserNamespace(), Connect: path}, &Config{Argv: []string{"true"}})
		if err != nil {
			t.Fatal(err)
		}
		event := <-held.Events
		switch {
		case want == 0 && (event.Kind != Connected || event.File == nil):
			t.Errorf("want a socket, got %+v", event)
		case want != 0 &&
			(event.Failure == nil || event.Failure.Step != "connecting to" || event.Failure.Errno != want):
			t.Errorf("want the failure to connect, got %+v", event)
		}
		end(t, held)
	}
}

func newUserNamespace() uintptr {
	if os.Geteuid() == 0 {
		return 0
	}
	return unix.CLONE_NEWUSER
}

func TestConnect(t *testing.T) {
	file, err := Connect(ownNamespace(t), listener(t), "")
	if err != nil {
		t.Fatal(err)
	}
	if cred, err := unix.GetsockoptUcred(int(file.Fd()), unix.SOL_SOCKET, unix.SO_PEERCRED); err != nil ||
		int(cred.Pid) != os.Getpid() {
		t.Errorf("the peer is %+v (%v), want this process, which listens", cred, err)
	}
	file.Close()
	if _, err := Connect(ownNamespace(t), "/nonexistent/socket", ""); !errors.Is(err, syscall.ENOENT) ||
		!strings.Contains(err.Error(), "connecting to") {
		t.Errorf("Connect: %v, want ENOENT", err)
	}
}

package wire

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
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

func own(path string) Socket { return Socket{Path: path, Owner: uint32(os.Geteuid())} }

// Row B3: a full queue is tried again until there is room.
func TestConnectRetries(t *testing.T) {
	path, listener := fullSocket(t)
	accepted := make(chan struct{})
	time.AfterFunc(50*time.Millisecond, func() {
		defer close(accepted)
		if fd, _, err := unix.Accept(listener); err == nil {
			unix.Close(fd)
		}
	})
	defer func() { <-accepted }() // or it would accept for the next test, by the same descriptor
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
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "queue stays full") ||
		time.Since(begin) > 2*time.Second {
		t.Errorf("B3: %v after %v", err, time.Since(begin))
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
			s := Socket{Path: c.path, Owner: uint32(c.owner)}
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
		c, err := greet(ours, "pipe", nil)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Settle(within(t, 5*time.Second))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("answer %.20q: %v, want %q", answer, err, want)
		}
		ours.Close()
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
	errs := make(chan error, 300)
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

// within is a context for the patience of a test.
func within(t *testing.T, patience time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

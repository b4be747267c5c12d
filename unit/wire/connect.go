package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// stream is a connected socket.
type stream interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// Socket is a place to reach a manager: its private socket, or a bus.
type Socket struct {
	Path  string
	IsBus bool
	Owner uint32 // uid that must own it: a hostile address is no manager
}

// Exists says whether there is such a socket, and whether it is to be trusted.
func (s Socket) Exists() bool { return s.check() == nil }

// connect retries while the manager's backlog is full: a thousand launches at
// once are a storm on one socket. Its steps grow and carry jitter, so that the
// thousand do not come back together. Errors: no socket, a foreign one, or the
// deadline.
func connect(ctx context.Context, s Socket) (stream, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, FirstWord)
	defer cancel()
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		connected, err := s.connect()
		if !errors.Is(err, unix.EAGAIN) {
			return connected, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("connecting to %q: its queue stays full: %w", s.Path, ctx.Err())
		case <-time.After(wait/2 + rand.N(wait)):
		}
	}
}

// connect tries once; a local socket that does not wait for room connects at
// once or not at all.
func (s Socket) connect() (stream, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("making a socket: %w", err)
	}
	err = linux.Uninterrupted(func() error { return unix.Connect(fd, &unix.SockaddrUnix{Name: s.Path}) })
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("connecting to %q: %w", s.Path, err)
	}
	file := os.NewFile(uintptr(fd), s.Path)
	if err := Polled(file); err != nil {
		file.Close()
		return nil, fmt.Errorf("connecting to %q: %w", s.Path, err)
	}
	return file, nil
}

// Polled says whether a socket can be waited for: otherwise (epoll_ctl failed) each
// read ends at once, and what was asked for is done by a manager that is not heard.
func Polled(socket *os.File) error {
	if socket.SetReadDeadline(time.Time{}) != nil {
		return problem.Errorf("`sysctl fs.epoll.max_user_watches` may be too small",
			"epoll_ctl(2) failed, so it cannot be waited for")
	}
	return nil
}

func (s Socket) check() error {
	var st unix.Stat_t
	if err := unix.Lstat(s.Path, &st); err != nil {
		return fmt.Errorf("socket %q: %w", s.Path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return fmt.Errorf("%q is not a socket", s.Path)
	}
	if st.Uid != s.Owner && st.Uid != 0 {
		return fmt.Errorf("socket %q belongs to uid %d, want %d", s.Path, st.Uid, s.Owner)
	}
	return nil
}

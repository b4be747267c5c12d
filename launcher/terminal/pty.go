package terminal

import (
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/slimrun/slimrun/nsinit"
)

// PTY is a terminal of the payload's own (--private-tty). What is typed at the
// caller's goes in, what the payload writes comes out; the payload never holds
// the caller's, into which it could type (TIOCSTI). A nil PTY is none.
type PTY struct {
	caller  Terminal      // the controlling one, whose foreground is to be minded
	modes   *unix.Termios // of the caller's that is shown: the first of stdio
	ours    *os.File      // the end that is slimrun's; nil where no standard fd is a terminal
	theirs  int           // the payload's, until it is born
	stdio   []int         // standard fds that are terminals
	drained chan struct{} // closed when all that the payload wrote has come out
}

// OpenPTY opens a pair. Errors: no /dev/ptmx.
func OpenPTY(caller Terminal) (*PTY, error) {
	p := &PTY{caller: caller, theirs: -1, drained: make(chan struct{})}
	for fd := range 3 {
		if term.IsTerminal(fd) {
			p.stdio = append(p.stdio, fd)
		}
	}
	if len(p.stdio) == 0 {
		close(p.drained)
		return p, nil
	}
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("--private-tty: %w", err)
	}
	p.ours = ours
	if p.theirs, err = openTheirs(ours); err != nil {
		return nil, fmt.Errorf("--private-tty: opening the other end of /dev/ptmx (kernel 4.13 can): %w", err)
	}
	if p.modes, err = unix.IoctlGetTermios(p.stdio[0], unix.TCGETS); err != nil {
		return nil, fmt.Errorf("--private-tty: %w", err)
	}
	unix.IoctlSetTermios(p.theirs, unix.TCSETS, p.modes)
	p.resize()
	return p, nil
}

// openTheirs opens the other end by its fd: a path could be somebody else's.
func openTheirs(ours *os.File) (int, error) {
	fd := int(ours.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return -1, err
	}
	theirs, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		return -1, errno
	}
	return int(theirs), nil
}

// Inside is what the init must know of it.
func (p *PTY) Inside() nsinit.Terminal {
	if p == nil {
		return nsinit.Terminal{}
	}
	return nsinit.Terminal{Session: true, FD: p.theirs, Stdio: p.stdio}
}

// Born lets go of the payload's end: the init has it.
func (p *PTY) Born() {
	if p != nil && p.theirs >= 0 {
		unix.Close(p.theirs)
		p.theirs = -1
	}
}

// Begin passes on what is typed and what is written, from the payload's start.
func (p *PTY) Begin() {
	if p == nil || p.ours == nil {
		return
	}
	p.raw()
	if p.stdio[0] == 0 {
		go io.Copy(p.ours, os.Stdin)
	}
	out := os.NewFile(uintptr(p.stdio[len(p.stdio)-1]), "terminal")
	go func() {
		defer close(p.drained)
		io.Copy(out, p.ours) // ends with EIO when nobody inside has it open
	}()
}

// End waits until all that was written has come out.
func (p *PTY) End() {
	if p != nil {
		<-p.drained
		p.cooked()
	}
}

// raw leaves it to the payload's terminal what keys mean.
func (p *PTY) raw() {
	if p.mine() {
		term.MakeRaw(p.stdio[0])
	}
}

func (p *PTY) cooked() {
	if p.mine() {
		unix.IoctlSetTermios(p.stdio[0], unix.TCSETSW, p.modes)
	}
}

// mine says whether the caller's terminal is there to be changed: in the
// background it is somebody else's.
func (p *PTY) mine() bool {
	return p.ours != nil && (p.caller.modes == nil || p.caller.InFront())
}

// resize gives the payload's terminal the size of the caller's window; the
// kernel tells the payload.
func (p *PTY) resize() {
	if p.ours == nil {
		return
	}
	if size, err := unix.IoctlGetWinsize(p.stdio[0], unix.TIOCGWINSZ); err == nil {
		unix.IoctlSetWinsize(int(p.ours.Fd()), unix.TIOCSWINSZ, size)
	}
}

// Takes handles the signals that are about the caller's terminal, which the
// payload has nothing to do with.
func (p *PTY) Takes(s syscall.Signal, stopSelf func(by syscall.Signal)) bool {
	switch {
	case p == nil:
		return false
	case s == syscall.SIGWINCH:
		p.resize()
	case IsStop(s):
		p.cooked()
		stopSelf(s)
		p.raw()
	case s == syscall.SIGCONT:
		p.raw()
	default:
		return false
	}
	return true
}

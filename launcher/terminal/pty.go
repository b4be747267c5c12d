package terminal

import (
	"fmt"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/slimrun/slimrun/nsinit"
)

// PTY is a terminal of the payload's own (--private-tty). What is typed at the
// caller's goes in, what the payload writes comes out; the payload never holds
// the caller's, into which it could type (TIOCSTI). A nil PTY is none.
type PTY struct {
	caller Terminal // the controlling one, whose foreground is to be minded
	ours   *os.File // the end that is slimrun's; nil where no standard fd is a terminal
	theirs int      // the payload's, until the init has it
	stdio  []int    // standard fds that are terminals

	keyboard keyboard
	screen   screen
}

// OpenPTY opens a pair. Errors: no /dev/ptmx.
func OpenPTY(caller Terminal) (*PTY, error) {
	p := &PTY{caller: caller, theirs: -1}
	for fd := range 3 {
		if term.IsTerminal(fd) {
			p.stdio = append(p.stdio, fd)
		}
	}
	if len(p.stdio) == 0 {
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
	modes, err := unix.IoctlGetTermios(p.stdio[0], unix.TCGETS)
	if err != nil {
		return nil, fmt.Errorf("--private-tty: %w", err)
	}
	unix.IoctlSetTermios(p.theirs, unix.TCSETS, modes)
	p.resize()
	p.keyboard = keyboard{to: ours, caller: caller, ours: p.hasKeys(), end: modes.Cc[unix.VEOF]}
	p.screen = newScreen(ours, p.stdio[len(p.stdio)-1])
	return p, nil
}

// hasKeys says whether what is typed is for the payload, whenever the run is in
// front: not in a pipeline, whose other end may have the keyboard.
func (p *PTY) hasKeys() bool {
	has := func(fd int) bool { return slices.Contains(p.stdio, fd) && (p.caller.modes == nil || controls(fd)) }
	return has(0) && has(1)
}

// openTheirs opens the other end by its fd: a path could be somebody else's.
func openTheirs(ours *os.File) (int, error) {
	fd := int(ours.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return -1, err
	}
	theirs, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCGPTPEER,
		unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
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

// HandOver lets go of the payload's end: the init has it.
func (p *PTY) HandOver() {
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
	go p.screen.relay()
	switch {
	case p.keyboard.ours:
		p.keyboard.take()
		go p.keyboard.relay()
	case p.stdio[0] == 0: // nobody will ever type: who reads all the same finds the end
		p.ours.Write([]byte{p.keyboard.end})
	}
}

// End waits until all that the run wrote has come out.
func (p *PTY) End() {
	if p == nil || p.ours == nil {
		return
	}
	p.screen.drain()
	p.keyboard.release(true)
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
// payload has nothing to do with. stopSelf stops slimrun by a signal.
func (p *PTY) Takes(s syscall.Signal, stopSelf func(by syscall.Signal)) bool {
	switch {
	case p == nil:
		return false
	case s == syscall.SIGWINCH:
		p.resize()
	case IsStop(s):
		p.keyboard.release(false)
		stopSelf(s)
		p.keyboard.take()
	case s == syscall.SIGCONT:
		p.keyboard.take()
	default:
		return false
	}
	return true
}

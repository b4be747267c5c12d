package launcher

import (
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// terminal is the caller's, as it was at the start; modes is nil without one.
type terminal struct {
	fd         int
	modes      *unix.Termios
	group      int  // slimrun's own process group
	foreground bool // it was the terminal's foreground group
}

// openTerminal finds the controlling terminal among the standard fds.
func openTerminal() terminal {
	for fd := range 3 {
		front, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
		if err != nil {
			continue
		}
		modes, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			continue
		}
		group := unix.Getpgrp()
		return terminal{fd: fd, modes: modes, group: group, foreground: front == group}
	}
	return terminal{}
}

// inFront says whether slimrun's group is the foreground one now.
func (t terminal) inFront() bool {
	front, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	return t.modes != nil && err == nil && front == t.group
}

// lost says whether the foreground is a group's of the run, not slimrun's.
func (t terminal) lost() bool { return t.modes != nil && t.foreground && !t.inFront() }

// restore gives the terminal back as it was: the foreground, where a shell
// inside took it and is gone, and the modes. Another job's foreground is left
// alone.
func (t terminal) restore() {
	if t.modes == nil {
		return
	}
	if !t.inFront() {
		front, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
		if err != nil || !t.foreground || syscall.Kill(-front, 0) != syscall.ESRCH {
			return
		}
		signal.Ignore(syscall.SIGTTOU)
		unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, t.group)
	}
	if now, err := unix.IoctlGetTermios(t.fd, unix.TCGETS); err == nil && *now != *t.modes {
		unix.IoctlSetTermios(t.fd, unix.TCSETSW, t.modes)
	}
}

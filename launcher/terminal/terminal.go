package terminal

import (
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Terminal is the caller's, as it was at the start; modes is nil without one.
type Terminal struct {
	fd         int
	modes      *unix.Termios
	group      int  // slimrun's own process group
	Foreground bool // it was the terminal's foreground group

	// Interactive: keyboard and screen are both the run's. In a pipeline, and in the
	// background of a script, which has no stdin, they are not: there somebody else
	// may have set modes of its own meanwhile.
	Interactive bool
}

// Open finds the controlling terminal among the standard fds.
func Open() Terminal {
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
		return Terminal{
			fd: fd, modes: modes, group: group, Foreground: front == group,
			Interactive: front == group && controls(0) && controls(1),
		}
	}
	return Terminal{}
}

// controls says whether a file descriptor is the controlling terminal.
func controls(fd int) bool {
	_, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil
}

// InFront says whether slimrun's group is the foreground one now.
func (t Terminal) InFront() bool {
	front, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	return t.modes != nil && err == nil && front == t.group
}

// Lost says whether the foreground is a group's of the run, not slimrun's.
func (t Terminal) Lost() bool { return t.modes != nil && t.Foreground && !t.InFront() }

// Restore gives the terminal back as it was: the foreground, where a shell
// inside took it and is gone, and the modes, where those are nobody else's.
// Another job's foreground is left alone.
func (t Terminal) Restore() {
	if t.modes == nil {
		return
	}
	if !t.InFront() {
		front, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
		if err != nil || !t.Foreground || syscall.Kill(-front, 0) != syscall.ESRCH {
			return
		}
		signal.Ignore(syscall.SIGTTOU)
		unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, t.group)
	}
	if !t.Interactive {
		return
	}
	if now, err := unix.IoctlGetTermios(t.fd, unix.TCGETS); err == nil && *now != *t.modes {
		unix.IoctlSetTermios(t.fd, unix.TCSETSW, t.modes)
	}
}

// staleStop is how soon after slimrun was continued a stop is an old one.
const staleStop = 100 * time.Millisecond

// IsStaleStop says whether a signal is a stop that came before slimrun was stopped, together
// with its group, and so has had its effect.
func IsStaleStop(s syscall.Signal, continued time.Time) bool {
	return IsStop(s) && time.Since(continued) < staleStop
}

// IsStop says whether a signal is one by which a terminal stops a job.
func IsStop(s syscall.Signal) bool {
	return s == syscall.SIGTSTP || s == syscall.SIGTTIN || s == syscall.SIGTTOU
}

package nsinit

import "golang.org/x/sys/unix"

// terminalModes are those of the first terminal among stdin, stdout and
// stderr; nil where there is none.
type terminalModes struct {
	fd    int
	modes *unix.Termios
}

func readModes() terminalModes {
	for fd := range 3 {
		if modes, err := unix.IoctlGetTermios(fd, unix.TCGETS); err == nil {
			return terminalModes{fd, modes}
		}
	}
	return terminalModes{}
}

// restore puts the modes back; SIGTTOU is blocked here, so that a background
// process may.
func (t terminalModes) restore() {
	if t.modes != nil {
		unix.IoctlSetTermios(t.fd, unix.TCSETSW, t.modes)
	}
}

// giveTerminal makes the payload's process group the foreground one, where it
// is not the launcher's, which the shell has put there.
func giveTerminal(payload int) {
	group, err := unix.Getpgid(payload)
	if err != nil || group == 0 || sameGroup(payload) {
		return
	}
	for fd := range 3 {
		if unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, group) == nil {
			return
		}
	}
}

package e2e

import (
	"fmt"
	"os"
	"regexp"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A terminal is the outer end of a pseudo terminal, with all that was written to it.
type terminal struct {
	ptm, pts *os.File

	mu     sync.Mutex
	output []byte
	seen   int // up to where expect has looked
}

func openTerminal() (*terminal, error) {
	ptm, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.IoctlSetPointerInt(int(ptm.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		return nil, err
	}
	n, err := unix.IoctlGetInt(int(ptm.Fd()), unix.TIOCGPTN)
	if err != nil {
		return nil, err
	}
	pts, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	t := &terminal{ptm: ptm, pts: pts}
	go t.listen()
	return t, t.resize(24, 80)
}

func (t *terminal) listen() {
	buf := make([]byte, 4096)
	for {
		n, err := t.ptm.Read(buf)
		t.mu.Lock()
		t.output = append(t.output, buf[:n]...)
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (t *terminal) resize(rows, columns uint16) error {
	return unix.IoctlSetWinsize(int(t.ptm.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns})
}

// expect waits for output that matches, after what the last expect has matched.
func (t *terminal) expect(re *regexp.Regexp, limit time.Duration) error {
	if eventually(limit, func() bool { return t.match(re) }) {
		return nil
	}
	return fmt.Errorf("%w: no %q within %s after:\n%q", errLate, re, limit, t.rest())
}

func (t *terminal) match(re *regexp.Regexp) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := re.FindIndex(t.output[t.seen:])
	if found == nil {
		return false
	}
	t.seen += found[1]
	return true
}

func (t *terminal) rest() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.output[t.seen:]
}

func (t *terminal) all() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte(nil), t.output...)
}

// state is what a program must leave as it was: the modes and the group in front.
func (t *terminal) state() (string, error) {
	modes, err := unix.IoctlGetTermios(int(t.ptm.Fd()), unix.TCGETS)
	if err != nil {
		return "", err
	}
	group, err := unix.IoctlGetInt(int(t.ptm.Fd()), unix.TIOCGPGRP)
	return fmt.Sprintf("foreground group %d, modes i %x o %x c %x l %x",
		group, modes.Iflag, modes.Oflag, modes.Cflag, modes.Lflag), err
}

func (t *terminal) close() {
	t.pts.Close()
	t.ptm.Close()
}

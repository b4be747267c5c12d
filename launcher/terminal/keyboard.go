package terminal

import (
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// frontEvery is how often a run in the background looks whether it has come to the
// front: a shell does not tell a job that was running already.
const frontEvery = 100 * time.Millisecond

// keyboard passes on what is typed at the caller's terminal, which is in raw modes
// meanwhile: what keys mean is up to the payload's. It touches neither while the
// run is in the background.
type keyboard struct {
	caller Terminal
	to     *os.File
	ours   bool // what is typed is for the payload
	end    byte // what a terminal takes for the end of what is typed

	mu    sync.Mutex
	done  bool
	modes *unix.Termios // the caller's, to be put back; nil while they are not ours
	raw   *unix.Termios // what they have been replaced by
}

// inFront says whether the terminal is there to be changed and read.
func (k *keyboard) inFront() bool { return k.caller.modes == nil || k.caller.InFront() }

// take sets raw modes, where the run is in front.
func (k *keyboard) take() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.ours || k.done || k.modes != nil || !k.inFront() {
		return
	}
	modes, err := unix.IoctlGetTermios(0, unix.TCGETS)
	if err != nil {
		return
	}
	if _, err := term.MakeRaw(0); err != nil {
		return
	}
	if raw, err := unix.IoctlGetTermios(0, unix.TCGETS); err == nil {
		k.modes, k.raw = modes, raw
	}
}

// release puts the modes back, unless somebody else has set others; for good, where
// the run is done.
func (k *keyboard) release(done bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.done = k.done || done
	if k.modes == nil || !k.inFront() {
		return
	}
	if now, err := unix.IoctlGetTermios(0, unix.TCGETS); err == nil && *now == *k.raw {
		unix.IoctlSetTermios(0, unix.TCSETSW, k.modes)
	}
	k.modes = nil
}

// relay passes on what is typed while the run is in front.
func (k *keyboard) relay() {
	var typed [4096]byte
	for {
		if !k.inFront() {
			time.Sleep(frontEvery)
			continue
		}
		k.take()
		if !readable(0, -1) || !k.inFront() {
			continue
		}
		n, err := unix.Read(0, typed[:])
		if n == 0 && err == nil {
			return // hung up
		}
		if n > 0 {
			if _, err := k.to.Write(typed[:n]); err != nil {
				return
			}
		}
	}
}

// readable waits so many milliseconds, or for ever (-1), for something to read.
func readable(fd, patience int) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, patience)
	return err == nil && n > 0
}

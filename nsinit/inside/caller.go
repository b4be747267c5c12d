package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Caller is what this process was started with and what Go's start changes: it
// is noted at the entry, and the payload gets it back.
type Caller struct {
	Known   bool        // noted; without entry (doc.go) it is not
	Mask    uint64      // blocked signals, bit N-1 for signal N
	Ignored uint64      // ignored ones
	Closed  uint8       // of the file descriptors 0 to 2, bit N: Go opens /dev/null there
	Nofile  unix.Rlimit // Go raises the soft limit
	Space   unix.Rlimit // of addresses: Go needs much, so its soft limit may have been raised
}

// GoSpace is the address space with which Go's runtime was seen to start always;
// it took 1.25 GiB, of which next to nothing is memory.
const GoSpace = 1536 << 20

var caller Caller

// TheCaller is what the entry has noted.
func TheCaller() Caller { return caller }

// note notes it, and blocks every signal: Go unblocks those it cannot do without
// as its threads start, all others wait until somebody listens. Those by which a
// terminal stops a job do so from the beginning.
func (c *Caller) note() {
	stops := bit(unix.SIGTSTP) | bit(unix.SIGTTIN) | bit(unix.SIGTTOU)
	blocked := ^stops
	sys(unix.SYS_RT_SIGPROCMASK, unix.SIG_BLOCK, uintptr(unsafe.Pointer(&blocked)), uintptr(unsafe.Pointer(&c.Mask)), 8, 0, 0)
	for n := syscall.Signal(1); n < Signals; n++ {
		if disposition(n) == ignore {
			c.Ignored |= bit(n)
		}
	}
	for fd := range uintptr(3) {
		if _, errno := sys(unix.SYS_FCNTL, fd, unix.F_GETFD, 0, 0, 0, 0); errno != 0 {
			c.Closed |= 1 << fd
		}
	}
	sys(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, 0, uintptr(unsafe.Pointer(&c.Nofile)), 0, 0)
	c.makeSpace()
	c.Known = true
}

// makeSpace raises the soft limit on addresses where it is too low for Go, as far as
// the hard one allows.
func (c *Caller) makeSpace() {
	sys(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_AS, 0, uintptr(unsafe.Pointer(&c.Space)), 0, 0)
	switch {
	case c.Space.Max < GoSpace:
		sys(unix.SYS_WRITE, 2, constant(noSpace), uintptr(len(noSpace)), 0, 0, 0)
		exit(125)
	case c.Space.Cur < GoSpace:
		raised := unix.Rlimit{Cur: c.Space.Max, Max: c.Space.Max}
		sys(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_AS, uintptr(unsafe.Pointer(&raised)), 0, 0, 0)
	}
}

const noSpace = "slimrun: the limit on address space is too small: want 1.5 GiB for slimrun itself, which is next to no memory\n" +
	"slimrun: hint: raise `ulimit -v` to 1572864 or more, and limit the command alone: --ulimit as=BYTES\n"

// action is the kernel's struct sigaction on 64 bit.
type action struct{ handler, flags, restorer, mask uintptr }

// ignore is SIG_IGN.
const ignore = 1

// disposition is a signal's handler.
func disposition(n syscall.Signal) uintptr {
	var a action
	sys(unix.SYS_RT_SIGACTION, uintptr(n), 0, uintptr(unsafe.Pointer(&a)), 8, 0, 0)
	return a.handler
}

// dispose sets one: the default is 0.
func dispose(n syscall.Signal, handler uintptr) syscall.Errno {
	a := action{handler: handler}
	return call(unix.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(&a)), 0, 8, 0)
}

package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	pollSignals = iota
	pollControl
	pollOf      // pidfds, where a command joins a run: of who is there,
	pollCommand // and of the command
)

// turn bounds what one round of serve takes of anything, so that nothing keeps it
// from the rest.
const turn = 256

// serve passes on signals, reaps, and tells, until it is released or the
// launcher is gone.
func (b *Block) serve() {
	l := &b.life
	for n := syscall.Signal(1); n < Signals; n++ {
		if l.early&bit(n) != 0 {
			kill(l.payload, n)
		}
	}
	l.polled[pollControl] = unix.PollFd{Fd: b.Tasks.Control, Events: unix.POLLIN}
	for more := true; ; { // what was said since the go: the gate took its byte
		b.wait(more)
		if b.drain() {
			b.abandon()
		}
		b.endWithRun()
		more = b.hear()
		more = b.obey() || more
		if l.changed || l.done {
			more = b.reap() || more
		}
		b.endUnseen()
		if l.gone && b.Phase.Load() != PhaseExited {
			b.hear() // what may have been the end's reason
			b.mark(MarkGone)
			b.Status.Store(l.status)
			b.Phase.Store(PhaseExited)
			l.unsaid = true
		}
		if l.unsaid {
			b.say()
		}
	}
}

// wait waits for something to do. What could not be said is said again in 10 ms;
// who could not be waited for, or is to be killed, is looked for again in the same time.
func (b *Block) wait(more bool) {
	l := &b.life
	limit := unix.Timespec{Nsec: 10e6}
	within := uintptr(0) // without bound: a signal, a byte or the end of the socket comes
	switch {
	case more:
		limit.Nsec = 0
		fallthrough
	case l.unsaid, l.changed, l.done && !l.gone:
		within = uintptr(unsafe.Pointer(&limit))
	}
	_, errno := sys(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&l.polled)), uintptr(len(l.polled)), within, 0, 0, 0)
	if errno != 0 && errno != unix.EINTR {
		sleep(10e6)
	}
}

// obey does what the launcher has said since the last time; true where that was
// more than a turn takes.
func (b *Block) obey() (more bool) {
	l := &b.life
	if b.Order.Load() == OrderRelease {
		exit(0)
	}
	if fronts := b.Front.Load(); fronts != l.fronts {
		l.fronts = fronts
		b.giveTerminal()
	}
	left := turn
	for sender := range Senders {
		for n := syscall.Signal(1); n < Signals; n++ {
			for l.passed[sender][n] != b.Heard[sender][n].Load() {
				if left == 0 {
					return true
				}
				left--
				l.passed[sender][n]++
				b.forward(n, sender)
			}
		}
	}
	return false
}

// reap waits for whoever has ended: the payload's changes are told, and with its
// end the rest is killed. True where there may be more.
func (b *Block) reap() (more bool) {
	const continued = 0xffff
	l := &b.life
	l.changed = false
	for range turn {
		pid, status, errno := b.reapOne()
		switch {
		case errno == unix.EINTR:
		case errno == unix.ECHILD && l.done:
			l.gone = true
			return false
		case errno != 0, pid == 0:
			l.changed = errno != 0 && errno != unix.ECHILD
			if l.done {
				b.killRest()
			}
			return false
		case pid != l.payload || l.done:
		case status == continued:
			b.stopped(0)
		case status&0xff == 0x7f:
			b.stopped(status >> 8 & 0xff)
		default:
			l.status, l.done = status, true
			b.killRest()
		}
	}
	l.changed = true
	return true
}

func (b *Block) reapOne() (pid int, status uint32, errno syscall.Errno) {
	const options = unix.WNOHANG | unix.WUNTRACED | unix.WCONTINUED
	r, errno := sys(unix.SYS_WAIT4, ^uintptr(0), uintptr(unsafe.Pointer(&status)), options, 0, 0, 0)
	return int(r), status, errno
}

// stopped tells what has become of the payload: stopped by a signal, or 0.
func (b *Block) stopped(by uint32) {
	b.life.stops++
	b.Stopped.Store(b.life.stops<<8 | by)
	b.life.unsaid = true
}

// killRest kills all that the payload leaves behind. As PID 1 that is everybody
// else in the namespace, at one stroke; otherwise the children, then those that
// are handed down by their death, until none is left.
func (b *Block) killRest() {
	if b.Tasks.First {
		kill(-1, unix.SIGKILL)
		return
	}
	l := &b.life
	size, pid := readAll(l.children, &l.text[0], len(l.text)), 0
	for i := 0; i < size; i++ {
		if digit := l.text[i]; digit != ' ' {
			pid = pid*10 + int(digit-'0')
			continue
		}
		kill(pid, unix.SIGKILL)
		pid = 0
	}
}

func kill(pid int, n syscall.Signal) {
	sys(unix.SYS_KILL, uintptr(pid), uintptr(n), 0, 0, 0, 0)
}

// abandon: the launcher is gone without a word. As PID 1 this process need
// only end: the kernel kills the rest.
func (b *Block) abandon() {
	l := &b.life
	if b.Tasks.RestoreModes && l.tty >= 0 && !l.done {
		// SIGTTOU is blocked, so that a background process may.
		sys(unix.SYS_IOCTL, uintptr(l.tty), unix.TCSETSW, uintptr(unsafe.Pointer(&l.modes)), 0, 0, 0)
	}
	if !b.Tasks.First && !l.gone {
		kill(l.payload, unix.SIGKILL)
		for l.done = true; !l.gone; sleep(1e6) {
			b.killRest()
			b.reap()
		}
	}
	exit(0)
}

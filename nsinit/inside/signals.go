package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// siginfo is struct signalfd_siginfo, 128 bytes.
type siginfo struct {
	signo, errno, code int32
	pid                uint32
	rest               [112]byte
}

// witness is when a signal last came to the init with the whole process group or
// the whole scope, in nanoseconds of CLOCK_MONOTONIC, and whether what the
// launcher heard of it is still to come.
type witness struct {
	at   int64
	owed bool
}

// hearAll has every signal wait for hear, those too that the caller ignores: the
// init is the witness of what came to its process group. The child is cloned with
// all of them blocked.
func (b *Block) hearAll() {
	const step = "hearing signals\x00"
	for n := syscall.Signal(1); n < Signals; n++ {
		if n == unix.SIGPIPE || b.Tasks.Payload.Ignored&bit(n) != 0 { // Go's launcher may ignore SIGPIPE
			b.check(step, 0, dispose(n, 0))
		}
	}
	all := ^uint64(0)
	fd, errno := sys(unix.SYS_SIGNALFD4, None,
		uintptr(unsafe.Pointer(&all)), 8, unix.SFD_CLOEXEC|unix.SFD_NONBLOCK, 0, 0)
	b.check(step, 0, errno)
	b.life.polled[pollSignals] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
}

// hear reads the signals that have come; true where there may be more.
func (b *Block) hear() (more bool) {
	l := &b.life
	for range turn {
		n, errno := sys(unix.SYS_READ, uintptr(l.polled[pollSignals].Fd),
			uintptr(unsafe.Pointer(&l.info)), unsafe.Sizeof(l.info), 0, 0, 0)
		switch {
		case errno == unix.EINTR:
		case errno != 0 || n != unsafe.Sizeof(l.info): // nothing more, or it fails for now: poll says so again
			return false
		case l.info.signo == int32(unix.SIGCHLD):
			l.changed = true
		default:
			b.signalled(syscall.Signal(l.info.signo & 0x7f % Signals))
		}
	}
	return true
}

// signalled: the launcher passes signals on by itself, so one that comes here is
// somebody's who reached the whole process group or the whole scope, the payload
// included; but for one that came before there was a payload. What a process of
// the run sends to PID 1 is its own affair, and of what a terminal sends
// (SI_KERNEL) systemd knows nothing.
func (b *Block) signalled(n syscall.Signal) {
	const fromKernel = 0x80
	l := &b.life
	sender := b.sender()
	l.seen[sender][n] = witness{now(), true}
	if sender == Within || !ends(n) {
		return
	}
	if l.payload == 0 {
		l.early |= bit(n)
	}
	if l.info.code != fromKernel {
		b.Terminating.Add(1)
		l.unsaid = true
	}
}

// sender: who is not of the init's PID namespace has no PID there. Without one of
// its own nobody can tell.
func (b *Block) sender() int {
	if b.Tasks.First && b.life.info.pid != 0 {
		return Within
	}
	return Outside
}

// What a group's signal that reached the init says of the launcher's: that comes
// within groupLate, and, where two came so close that the init saw one, the other
// within groupTwice.
const (
	groupLate  = 500e6 // ns
	groupTwice = 100e6
)

// forward passes a signal to the payload, unless the payload got it with its
// group. A group of its own (job control) did not get it. The kernel signals a
// group from its newest member, so this process before the launcher: what came
// to both is here by now.
func (b *Block) forward(n syscall.Signal, sender int) {
	l := &b.life
	if l.done {
		return
	}
	w := &l.seen[sender][n]
	age := now() - w.at
	if w.at != 0 && b.sameGroup() && (age < groupTwice || w.owed && age < groupLate) {
		w.owed = false
		return
	}
	if !b.continued(n) {
		kill(l.payload, n)
	}
}

func (b *Block) sameGroup() bool {
	theirs, errno := sys(unix.SYS_GETPGID, uintptr(b.life.payload), 0, 0, 0, 0, 0)
	own, _ := sys(unix.SYS_GETPGID, 0, 0, 0, 0, 0, 0)
	return errno == 0 && theirs == own
}

// ends: signals by which systemd may stop a scope (KillSignal=).
func ends(n syscall.Signal) bool {
	return n != unix.SIGCONT && n != unix.SIGWINCH && n != unix.SIGTSTP && n != unix.SIGTTIN && n != unix.SIGTTOU
}

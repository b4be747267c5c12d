package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// say has the launcher look at the block. A full socket (EAGAIN) has a byte in it
// already; a launcher that is gone (EPIPE) needs none; where anything else stands
// in the way it is said again (serve).
func (b *Block) say() {
	look := byte(0)
	errno := call(unix.SYS_SENDTO, uintptr(b.Tasks.Control),
		uintptr(unsafe.Pointer(&look)), 1, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, 0)
	b.life.unsaid = errno != 0 && errno != unix.EAGAIN && errno != unix.EPIPE
}

// insist says it until it is said, for what nobody would say again.
func (b *Block) insist() {
	b.say()
	for tries := 0; b.life.unsaid && tries < 100; tries++ {
		sleep(10e6)
		b.say()
	}
}

// reach tells how far the init is.
func (b *Block) reach(phase uint32) {
	b.Phase.Store(phase)
	b.insist()
}

// fail tells what went wrong with what, and ends. Its step ends with a NUL.
func (b *Block) fail(step string, object Text, errno syscall.Errno) {
	b.Report.Errno = uintptr(errno)
	b.Report.Step.set(unsafe.StringData(step))
	b.Report.Object.set(object.bytes())
	b.leave()
}

// leave ends after a failure. Before the go systemd may be attaching this process,
// which must be there until that is over (outlive): the launcher knows.
func (b *Block) leave() {
	b.reach(PhaseFailed)
	if b.Order.Load() == OrderHold {
		b.gate()
	}
	exit(1)
}

// check fails where there is an error.
func (b *Block) check(step string, object Text, errno syscall.Errno) {
	if errno != 0 {
		b.fail(step, object, errno)
	}
}

// mark notes when a step was done.
func (b *Block) mark(step int) {
	if b.Tasks.Trace {
		b.Marks[step].Store(now())
	}
}

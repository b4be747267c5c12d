package nsinit

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// birth is how the init comes into the world: by a fork of this process, or,
// below the embedded manager, by a midwife.
//
// A process that has set its children's PID namespace by setns may not clone a
// new one (copy_pid_ns gives EINVAL); one born in there may. So the midwife is
// born in the manager's namespace, clones the init below it as a child of the
// launcher, and is gone. Another opens the manager's socket before that.
//
//	launcher's thread      midwife                    init
//	   | ---- vfork ------> |
//	   |                    | -- clone, CLONE_PARENT -> |
//	   | <-- exits, inner - |
//
// After a fork there is one thread and no scheduler, no stack growth, no
// allocation: only raw system calls on what was made before. A midwife shares
// the launcher's memory, and tells by it.
type birth struct {
	flags   uintptr   // of the init's clone
	midwife cloneArgs // of the midwife's own; its exit signal is 0 for none
	socket  *opening  // the midwife's to open, instead of the init's birth; nil for that
	stack   uintptr   // the init's, where it begins
	tls     uintptr
	parent  uintptr // the PID namespace to be born in or below; noParent for this one
	step    int     // where it failed
	errno   syscall.Errno
	born    uintptr // the PID of what was forked, the init or the midwife
	inner   uintptr // by a midwife: the init's PID as she has it
	failed  syscall.Errno
}

const noParent = ^uintptr(0)

// The steps of a birth.
const (
	stepClone = iota
	stepBlock
	stepRemember
	stepEnter
	stepLeave
)

var birthSteps = [...]string{
	"cloning the held child", "blocking signals", "remembering the own PID namespace",
	"entering the manager's PID namespace", "leaving the manager's PID namespace",
}

// happen lets it happen, in or below a PID namespace; nil for the caller's own.
func (b *birth) happen(parent *os.File) error {
	b.parent = noParent
	if parent != nil {
		b.parent = parent.Fd()
	}
	own := []byte("/proc/thread-self/ns/pid_for_children\x00")
	b.unheard(&own[0])
	runtime.KeepAlive(parent)
	if b.errno != 0 {
		return fmt.Errorf("%s: %w", birthSteps[b.step], b.errno)
	}
	return nil
}

// unheard forks with all signals blocked, so that none ends the child before it
// can tell: it reads them from a signalfd. It all takes place on one thread
// without runtime.LockOSThread, which would cost another: nosplit functions are
// not preempted where they are called, nor is a thread that hears no signal.
// The child's death signal follows that thread, which lives as long as the
// process: Go ends none but those of goroutines that end while they are tied to
// theirs.
//
//go:norace
//go:nosplit
func (b *birth) unheard(ownNamespace *byte) {
	all, mask := allSignals, uint64(0)
	_, b.errno = sys(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&all)), uintptr(unsafe.Pointer(&mask)), 8, 0, 0)
	if b.errno != 0 {
		b.step = stepBlock
		return
	}
	b.within(ownNamespace)
	sys(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&mask)), 0, 8, 0, 0)
}

// within forks while this thread's children are born in the other PID
// namespace.
//
//go:norace
//go:nosplit
func (b *birth) within(ownNamespace *byte) {
	if b.parent == noParent {
		b.fork()
		return
	}
	own, errno := sys(unix.SYS_OPENAT, atCWD, uintptr(unsafe.Pointer(ownNamespace)), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		b.step, b.errno = stepRemember, errno
		return
	}
	_, errno = sys(unix.SYS_SETNS, b.parent, unix.CLONE_NEWPID, 0, 0, 0, 0)
	if errno != 0 {
		b.step, b.errno = stepEnter, errno
	} else {
		b.fork()
		_, errno = sys(unix.SYS_SETNS, own, unix.CLONE_NEWPID, 0, 0, 0, 0)
		if errno != 0 {
			b.step, b.errno = stepLeave, errno
		}
	}
	sys(unix.SYS_CLOSE, own, 0, 0, 0, 0, 0)
}

// cloneArgs is the kernel's struct clone_args (5.7, when it got the cgroup).
type cloneArgs struct {
	flags, pidfd, childTID, parentTID, exitSignal, stack, stackSize, tls, setTID, setTIDSize, cgroup uint64
}

// fork begets the init, by itself or by a midwife.
//
//go:norace
//go:nosplit
func (b *birth) fork() {
	if b.midwife.exitSignal == 0 {
		b.born, b.errno = begin(b.flags, b.stack, b.tls)
		return
	}
	b.callMidwife()
}

// callMidwife clones the midwife; the function's frame is hers too. Without a
// cgroup it takes no clone3, which containers may lack.
//
//go:norace
//go:nosplit
//go:noinline
func (b *birth) callMidwife() {
	trap, a1, a2 := uintptr(unix.SYS_CLONE), uintptr(b.midwife.flags|b.midwife.exitSignal), uintptr(0)
	if b.midwife.cgroup != 0 {
		trap, a1, a2 = unix.SYS_CLONE3, uintptr(unsafe.Pointer(&b.midwife)), unsafe.Sizeof(b.midwife)
	}
	pid, errno := vfork(trap, a1, a2)
	if errno == 0 && pid == 0 {
		b.attend()
	}
	b.born, b.errno = pid, errno
}

// attend is the midwife's life.
//
//go:norace
//go:nosplit
func (b *birth) attend() {
	if b.socket != nil {
		b.socket.open()
	} else {
		b.inner, b.failed = begin(b.flags|unix.CLONE_PARENT, b.stack, b.tls)
	}
	for {
		sys(unix.SYS_EXIT_GROUP, 0, 0, 0, 0, 0, 0)
	}
}

package nsinit

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// birth is how the init comes into the world: by a fork of this process, or,
// below the embedded manager, by a midwife.
//
// A process that has set its children's PID namespace by setns may not clone a
// new one (copy_pid_ns gives EINVAL); one born in there may. So the midwife is
// born in the manager's namespace, opens the manager's socket, clones the init
// below it as a child of the launcher, and is gone. The socket comes first: to
// dial takes longer than to be born.
//
//	launcher's thread      midwife                    init
//	   | ---- vfork ------> |
//	   | <-- connected + fd |
//	   |                    | -- clone, CLONE_PARENT -> |
//	   | <----------------- | exits
//
// After a fork there is one thread and no scheduler, no stack growth, no
// allocation: only raw system calls on what was made before.
type birth struct {
	flags   uintptr   // of the init's clone
	midwife cloneArgs // of the midwife's own; its exit signal is 0 for none
	stack   uintptr   // the init's, where it begins; 0: the midwife only opens the socket
	tls     uintptr
	socket  *opening // the midwife's to open; nil for none
	control uintptr  // where failures are told
	failure telling  // of the midwife's clone
	born    uintptr  // the PID of what was forked, the init or the midwife
	errno   syscall.Errno
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

// attend is the midwife's life. Its status is 0 where there is an init to wait
// for.
//
//go:norace
//go:nosplit
func (b *birth) attend() {
	status := uintptr(0)
	if b.socket != nil {
		b.socket.open(b.control)
	}
	if b.stack != 0 {
		if _, errno := begin(b.flags|unix.CLONE_PARENT, b.stack, b.tls); errno != 0 {
			b.failure.tell(b.control, errno)
			status = 1
		}
	}
	for {
		sys(unix.SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0)
	}
}

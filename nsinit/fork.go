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
// born in the manager's namespace, clones the init below it as a child of the
// launcher, opens the manager's socket, and is gone.
//
//	launcher's thread      midwife                    init
//	   | ---- fork -------> |
//	   |                    | -- clone, CLONE_PARENT -> |
//	   | <-- connected + fd | exits                     |
//
// After a fork there is one thread and no scheduler, no stack growth, no
// allocation: only raw system calls on what was made before.
type birth struct {
	flags   uintptr   // of the init's clone
	midwife cloneArgs // of the midwife's own; its exit signal is 0 for none
	init    *process  // nil: the midwife only opens the socket
	socket  *opening  // the midwife's to open; nil for none
	stack   uintptr   // the init's: its top
	control uintptr   // where failures are told
	failure telling   // of the midwife's clone
}

// cloneArgs is the kernel's struct clone_args (5.7, when it got the cgroup).
type cloneArgs struct {
	flags, pidfd, childTID, parentTID, exitSignal, stack, stackSize, tls, setTID, setTIDSize, cgroup uint64
}

// fork returns in the parent alone: the PID of the init, or the midwife's.
//
//go:norace
//go:nosplit
func (b *birth) fork() (uintptr, syscall.Errno) {
	if b.midwife.exitSignal == 0 {
		return b.begin(b.flags)
	}
	var pid uintptr
	var errno syscall.Errno
	if b.midwife.flags == 0 { // without a cgroup no clone3, which containers may lack
		pid, errno = sys(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	} else {
		pid, errno = sys(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&b.midwife)), unsafe.Sizeof(b.midwife), 0, 0, 0, 0)
	}
	if errno == 0 && pid == 0 {
		b.attend()
	}
	return pid, errno
}

// begin clones the init.
//
//go:norace
//go:nosplit
func (b *birth) begin(flags uintptr) (uintptr, syscall.Errno) {
	pid, errno := sys(unix.SYS_CLONE, flags|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno == 0 && pid == 0 {
		enter(b.init, b.stack)
	}
	return pid, errno
}

// attend is the midwife's life. Its status is 0 where there is an init to wait
// for.
//
//go:norace
//go:nosplit
func (b *birth) attend() {
	status := uintptr(0)
	if b.init != nil {
		if _, errno := b.begin(b.flags | unix.CLONE_PARENT); errno != 0 {
			b.failure.tell(b.control, errno)
			status = 1
		}
	}
	if b.socket != nil && status == 0 {
		b.socket.open(b.control)
	}
	for {
		sys(unix.SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0)
	}
}

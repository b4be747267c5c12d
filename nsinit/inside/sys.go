package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sys is a system call, without the runtime's knowledge.
//
//go:nosplit
func sys(trap, a1, a2, a3, a4, a5, a6 uintptr) (uintptr, syscall.Errno) {
	r, _, errno := unix.RawSyscall6(trap, a1, a2, a3, a4, a5, a6)
	return r, errno
}

// call is one whose result does not matter, only its errno.
//
//go:nosplit
func call(trap, a1, a2, a3, a4, a5 uintptr) syscall.Errno {
	_, errno := sys(trap, a1, a2, a3, a4, a5, 0)
	return errno
}

// vfork is clone(2) or clone3(2) with the parent's memory and without a stack of
// the child's own: the parent waits for the child's exec or end. Whoever calls it
// must not return in the child, nor do anything in the parent but return.
//
//go:noescape
func vfork(trap, a1, a2 uintptr) (pid uintptr, errno syscall.Errno)

const (
	vforkFlags = unix.CLONE_VFORK | unix.CLONE_VM
	atCWD      = ^uintptr(99) // AT_FDCWD, -100
)

// constant is the address of a text of the program's own, which must end with a
// NUL.
func constant(text string) uintptr { return uintptr(unsafe.Pointer(unsafe.StringData(text))) }

func prctl(option int, a1, a2, a3 uintptr) syscall.Errno {
	return call(unix.SYS_PRCTL, uintptr(option), a1, a2, a3, 0)
}

func open(path uintptr, flags int) (int, syscall.Errno) {
	fd, errno := sys(unix.SYS_OPENAT, atCWD, path, uintptr(flags|unix.O_CLOEXEC), 0, 0, 0)
	return int(fd), errno
}

func closeFD(fd int) { sys(unix.SYS_CLOSE, uintptr(fd), 0, 0, 0, 0, 0) }

// execute is execve(2), which returns only where it fails.
func execute(path Text, argv, env List[Text]) syscall.Errno {
	return call(unix.SYS_EXECVE, uintptr(path), argv.At, env.At, 0, 0)
}

// readAll reads a small file from its beginning; 0 where it cannot.
func readAll(fd int, to *byte, size int) int {
	n, errno := sys(unix.SYS_PREAD64, uintptr(fd), uintptr(unsafe.Pointer(to)), uintptr(size), 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// now is CLOCK_MONOTONIC in nanoseconds.
func now() int64 {
	var ts unix.Timespec
	sys(unix.SYS_CLOCK_GETTIME, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&ts)), 0, 0, 0, 0)
	return ts.Nano()
}

func sleep(ns int64) {
	ts := unix.Timespec{Nsec: ns}
	sys(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&ts)), 0, 0, 0, 0, 0)
}

// exit ends the process. The payload's own filter may refuse that to what is not yet
// the payload; a fault ends it too, also where it is PID 1, and nothing refuses that.
func exit(status uintptr) {
	sys(unix.SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0)
	for {
		*at[byte](0) = 0
	}
}

func bit(n syscall.Signal) uint64 { return 1 << (n - 1) }

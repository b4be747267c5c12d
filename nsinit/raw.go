package nsinit

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Calls for the calling thread alone, which is the one that becomes the
// payload. Go's own would stop every thread to do the same on each.

func schedSetScheduler(policy int) error {
	var param int32
	return errnoOf(unix.RawSyscall(unix.SYS_SCHED_SETSCHEDULER, 0, uintptr(policy), uintptr(unsafe.Pointer(&param))))
}

func setGroups(groups []uint32) error {
	return errnoOf(unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(unsafe.SliceData(groups))), 0))
}

func setGID(gid int) error {
	return errnoOf(unix.RawSyscall(unix.SYS_SETRESGID, uintptr(gid), uintptr(gid), uintptr(gid)))
}

func setUID(uid int) error {
	return errnoOf(unix.RawSyscall(unix.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)))
}

// setFilter installs a seccomp program; the kernel copies it.
func setFilter(program []unix.SockFilter) error {
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: unsafe.SliceData(program)}
	return errnoOf(unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&prog))))
}

func errnoOf(_, _ uintptr, errno unix.Errno) error {
	if errno != 0 {
		return errno
	}
	return nil
}

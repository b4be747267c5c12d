//go:build amd64 || arm64

package nsinit

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// vforkFlags: the child borrows the memory until its exec or its end, so that
// nothing is copied, and nothing of a copy charged to the scope.
const vforkFlags = unix.CLONE_VFORK | unix.CLONE_VM

// vfork is clone(2) or clone3(2) without a stack of the child's own. Whoever
// calls it must not return in the child, nor do anything in the parent but
// return.
//
//go:noescape
func vfork(trap, a1, a2 uintptr) (pid uintptr, errno syscall.Errno)

// sys is a system call, as syscall.RawSyscall6 is, but without a stack frame:
// of those there is little room (process).
//
//go:noescape
func sys(trap, a1, a2, a3, a4, a5, a6 uintptr) (r uintptr, errno syscall.Errno)

// begin clones the init, which begins its life (live) at the end of the stack;
// flags want CLONE_SETTLS.
//
//go:noescape
func begin(flags, stack, tls uintptr) (pid uintptr, errno syscall.Errno)

const atCWD = ^uintptr(99) // AT_FDCWD, -100

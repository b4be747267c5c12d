// Package inherited knows what the Go runtime changes before anybody can ask:
// the limit on open files, which package syscall raises when it is initialised
// and lowers again in its own fork and exec. Whoever forks by bare system calls
// has to do the same.
//
// It imports nothing, so it is initialised before syscall: packages that are
// ready are taken in the order of their import paths (Go specification,
// "Program initialization").
//
// When not to use it: with os/exec or syscall.ForkExec, which see to it.
package inherited

import (
	"runtime"
	"unsafe"
)

// Limit is the kernel's struct rlimit64.
type Limit struct{ Soft, Hard uint64 }

// Nofile is RLIMIT_NOFILE as the caller of this process had it; false where
// the kernel did not say.
var Nofile, Known = nofile()

const resourceNofile = 7

func nofile() (limit Limit, known bool) {
	prlimit := uintptr(261) // asm-generic: arm64, riscv64, loong64
	if runtime.GOARCH == "amd64" {
		prlimit = 302
	}
	_, _, errno := rawSyscall6(prlimit, 0, resourceNofile, 0, uintptr(unsafe.Pointer(&limit)), 0, 0)
	return limit, errno == 0
}

//go:linkname rawSyscall6 syscall.RawSyscall6
func rawSyscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, errno uintptr)

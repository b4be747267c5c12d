package signals

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// StopSelf stops slimrun by the signal that stopped its payload, so that the
// shell sees one job. The signal goes to this very thread: the stop takes place
// before the call returns. In an orphaned process group the kernel drops it, and
// slimrun goes on waiting.
//
// It is raised while it is blocked, before its action is the default one: where
// a terminal's own then stops slimrun first (a background read raises SIGTTIN
// without end), the SIGCONT that ends that stop takes this one away too. Raised
// afterwards it would be a second stop.
func StopSelf(by syscall.Signal) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if by == syscall.SIGSTOP {
		unix.Tgkill(os.Getpid(), unix.Gettid(), by)
		return
	}
	var one, mask unix.Sigset_t
	one.Val[0] = 1 << (by - 1)
	unix.PthreadSigmask(unix.SIG_BLOCK, &one, &mask)
	unix.Tgkill(os.Getpid(), unix.Gettid(), by)
	ours := current(by)
	set(by, &action{})
	unix.PthreadSigmask(unix.SIG_UNBLOCK, &one, nil)
	unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil)
	set(by, &ours)
}

// DefaultStops lets the stop signals stop slimrun by itself again: its last
// words may meet a terminal that stops background writers.
func DefaultStops() {
	var stops unix.Sigset_t
	for _, s := range []syscall.Signal{syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU} {
		set(s, &action{})
		stops.Val[0] |= 1 << (s - 1)
	}
	unix.PthreadSigmask(unix.SIG_UNBLOCK, &stops, nil)
}

// Default lets every signal do to slimrun what it does to any program, as before the
// first Listen; those that the caller ignores stay ignored.
func Default(ignored func(syscall.Signal) bool) {
	const ignore = 1 // SIG_IGN
	for s := syscall.Signal(1); s < last; s++ {
		switch {
		case (unheard|shared)&(1<<s) != 0: // the runtime's too
		case ignored(s):
			set(s, &action{handler: ignore})
		default:
			set(s, &action{})
		}
	}
}

func set(s syscall.Signal, a *action) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(a)), 0, 8, 0, 0)
}

func current(s syscall.Signal) (a action) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s), 0, uintptr(unsafe.Pointer(&a)), 8, 0, 0)
	return a
}

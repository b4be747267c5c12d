package nsinit

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// allSignals blocks whatever can be blocked.
const allSignals = ^uint64(0)

// setSigMask replaces the calling thread's mask and returns the old one; bit
// N-1 stands for signal N, as the kernel has it.
func setSigMask(mask uint64) (old uint64, err error) {
	set, before := unix.Sigset_t{}, unix.Sigset_t{}
	set.Val[0] = mask
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &set, &before); err != nil {
		return 0, err
	}
	return uint64(before.Val[0]), nil
}

// catchSignals takes every signal that the launcher may pass on, so that none
// ends this process, but leaves ignored what is ignored: it is for the
// payload to inherit. (A signalfd would also tell who sent a signal, but the
// Go runtime unblocks HUP, INT, QUIT, TERM and CHLD on all of its threads.)
//
// The runtime takes them one by one, each with two changes of thread, 1 to 2
// ms in all: so this comes after the process has said that it is ready, while
// systemd is at work. Until then they are pending, blocked since the exec, but
// for those that Go unblocks and that end it.
func catchSignals() chan os.Signal {
	caught := make(chan os.Signal, 64)
	for n := syscall.Signal(1); n <= 64; n++ {
		switch n {
		case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPROF, 32, 33, 34:
		default:
			if !signal.Ignored(n) {
				signal.Notify(caught, n)
			}
		}
	}
	return caught
}

// isStop: job control's own signals, at which a shell expects a stop.
func isStop(s syscall.Signal) bool {
	return s == syscall.SIGTSTP || s == syscall.SIGTTIN || s == syscall.SIGTTOU
}

// ends: signals by which systemd may stop a scope (KillSignal=).
func ends(s syscall.Signal) bool {
	return s != syscall.SIGCONT && s != syscall.SIGWINCH && !isStop(s)
}

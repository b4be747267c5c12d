package nsinit

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// allSignals blocks whatever can be blocked.
const allSignals = ^uint64(0)

// setSigMask replaces the calling thread's mask and returns the old one; bit
// N-1 stands for signal N, as the kernel has it.
func setSigMask(mask uint64) (old uint64, err error) {
	set, before := sigset(mask), unix.Sigset_t{}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &set, &before); err != nil {
		return 0, err
	}
	return uint64(before.Val[0]), nil
}

func sigset(mask uint64) unix.Sigset_t {
	set := unix.Sigset_t{}
	set.Val[0] = mask
	return set
}

// openSignals makes a non-blocking signalfd of all signals.
func openSignals() (int, error) {
	set := sigset(allSignals)
	return unix.Signalfd(-1, &set, unix.SFD_CLOEXEC|unix.SFD_NONBLOCK)
}

// nextSignal reads one pending signal; false when none is left.
func nextSignal(fd int) (unix.SignalfdSiginfo, bool) {
	var info unix.SignalfdSiginfo
	buf := (*[unsafe.Sizeof(info)]byte)(unsafe.Pointer(&info))[:]
	n, err := unix.Read(fd, buf)
	return info, err == nil && n == len(buf)
}

// readable says whether a read would give something now.
func readable(fd int) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
	return err == nil && n == 1
}

// isStop: job control's own signals, at which a shell expects a stop.
func isStop(s syscall.Signal) bool {
	return s == syscall.SIGTSTP || s == syscall.SIGTTIN || s == syscall.SIGTTOU
}

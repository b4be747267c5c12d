package nsinit

import "golang.org/x/sys/unix"

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

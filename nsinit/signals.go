package nsinit

import "golang.org/x/sys/unix"

// allSignals blocks whatever can be blocked.
const allSignals = ^uint64(0)

// sigMask is the calling thread's mask, which in a Go program is that of all;
// bit N-1 stands for signal N, as the kernel has it.
func sigMask() (uint64, error) {
	var mask unix.Sigset_t
	err := unix.PthreadSigmask(unix.SIG_BLOCK, nil, &mask)
	return uint64(mask.Val[0]), err
}

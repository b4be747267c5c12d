package linux

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Alive says whether a process runs.
func Alive(pid int) bool {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	ended, err := EndsWithin(fd, 0)
	return !ended && err == nil
}

// EndsWithin waits for a process's end: a pidfd (kernel 5.3) is readable once
// it has ended, also while its parent has not yet reaped it. A signal breaks
// off even a poll that waits for nothing (EINTR), and the Go runtime sends
// itself signals to preempt: that is no word about the process.
func EndsWithin(pidfd int, patience time.Duration) (ended bool, err error) {
	fds := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	n := 0
	err = Uninterrupted(func() (err error) { n, err = unix.Poll(fds, int(patience.Milliseconds())); return err })
	return n > 0, err
}

// KillAfter waits for the end of a process, and kills it where it takes longer.
func KillAfter(pid int, grace, patience time.Duration) error {
	if fd, err := unix.PidfdOpen(pid, 0); err == nil {
		defer unix.Close(fd)
		if ended, err := EndsWithin(fd, max(grace, 0)); ended || err != nil {
			return err
		}
	}
	return KillAndWait(pid, patience)
}

// KillAndWait sends SIGKILL and waits for the end, through a pidfd (kernel
// 5.3): the process is somebody else's child.
func KillAndWait(pid int, patience time.Duration) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return err
	}
	ended, err := EndsWithin(fd, patience)
	if err == nil && !ended {
		return fmt.Errorf("it is still there after %v", patience)
	}
	return err
}

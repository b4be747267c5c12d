package linux

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A test's thread is an ordinary one, and a real-time one where that is allowed.
func TestIsRealTime(t *testing.T) {
	runtime.LockOSThread() // and never unlocked: the thread goes with the test
	if IsRealTime(0) {
		t.Error("an ordinary thread is real-time")
	}
	err := unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1}, 0)
	if IsRealTime(0) != (err == nil) {
		t.Errorf("real-time: %v, which was set: %v", IsRealTime(0), err)
	}
	if IsRealTime(os.Getpid() + 1<<22) {
		t.Error("a process that is not there is real-time")
	}
}

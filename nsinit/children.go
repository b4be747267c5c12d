package nsinit

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// killChildren kills every child there is now; false where the kernel does
// not list them (CONFIG_PROC_CHILDREN), and nothing can be waited for.
func killChildren() bool {
	children, ok := childPIDs()
	for _, pid := range children {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	return ok
}

// childPIDs lists the children, which are all the main thread's, in this
// process's PID namespace. The /proc that is mounted may be an ancestor's,
// with other numbers: NSpid leads from those to these.
func childPIDs() (pids []int, ok bool) {
	self, err := os.Readlink("/proc/self")
	if err != nil {
		return nil, false
	}
	content, err := os.ReadFile("/proc/" + self + "/task/" + self + "/children")
	depth := len(nsPIDs(self))
	if err != nil || depth == 0 {
		return nil, false
	}
	for _, child := range strings.Fields(string(content)) {
		if numbers := nsPIDs(child); len(numbers) >= depth {
			if pid, err := strconv.Atoi(numbers[depth-1]); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids, true
}

// nsPIDs is a process's number in each PID namespace from that of the mounted
// /proc down to its own.
func nsPIDs(pid string) []string {
	content, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return nil
	}
	for line := range strings.SplitSeq(string(content), "\n") {
		if numbers, ok := strings.CutPrefix(line, "NSpid:"); ok {
			return strings.Fields(numbers)
		}
	}
	return nil
}

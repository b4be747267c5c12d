package linux

import "golang.org/x/sys/unix"

// OrdinaryPolicy is what to do about a process that IsRealTime: a kernel with
// CONFIG_RT_GROUP_SCHED lets none into a cgroup of the cpu controller, for which it would
// need real-time runtime of its own (sched(7), "Real-time group scheduling").
const OrdinaryPolicy = "this kernel lets no real-time process into a cgroup for cpu: `chrt -o 0 slimrun ...`"

// IsRealTime says whether a process has a real-time policy (chrt -f, chrt -r).
func IsRealTime(pid int) bool {
	attr, err := unix.SchedGetAttr(pid, 0)
	return err == nil && (attr.Policy == unix.SCHED_FIFO || attr.Policy == unix.SCHED_RR)
}

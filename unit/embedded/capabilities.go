package embedded

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// keptCapabilities are what systemd needs for scopes: cgroups, BPF for
// IPAddress… and Device…, signals, CPUs on v2 (cpuset_can_attach asks for
// SYS_NICE), files of any owner, its own limits. What would reach the machine
// goes: the clock, reboot, modules, raw I/O, device nodes, the kernel's log,
// audit, consoles, wake-ups.
var keptCapabilities = []uintptr{
	unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_BPF, unix.CAP_PERFMON,
	unix.CAP_KILL, unix.CAP_SYS_NICE, unix.CAP_SYS_PTRACE, unix.CAP_SYS_RESOURCE,
	unix.CAP_CHOWN, unix.CAP_FOWNER, unix.CAP_FSETID,
	unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH,
	unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_SETPCAP,
}

// dropCapabilities takes the others out of the bounding set, so that the exec
// of systemd takes them away. EINVAL is beyond the kernel's last one.
func dropCapabilities() error {
	for capability := uintptr(0); ; capability++ {
		if slices.Contains(keptCapabilities, capability) {
			continue
		}
		err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0)
		switch {
		case err == unix.EINVAL:
			return nil
		case err != nil:
			return fmt.Errorf("dropping capability %d: %w", capability, err)
		}
	}
}

// dropInheritable empties this thread's inheritable set, and with it the ambient one
// (capabilities(7)). What the first caller has there would come back with the exec of
// systemd, which gives root both the bounding and the inheritable set.
func dropInheritable() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return fmt.Errorf("reading the capabilities: %w", err)
	}
	for i := range sets {
		sets[i].Inheritable = 0
	}
	if err := unix.Capset(&header, &sets[0]); err != nil {
		return fmt.Errorf("dropping the caller's inheritable capabilities: %w", err)
	}
	return nil
}

package nsinit

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// StepCapabilities is one that the launcher explains.
const StepCapabilities = "giving capabilities"

// bound empties the bounding set but for what stays; it takes CAP_SETPCAP, so
// it comes before the change of ids. EINVAL is beyond the kernel's last one.
func (g *Guard) bound(list *calls) {
	for n := range 64 {
		if g.Drops && g.Bound&(1<<n) == 0 {
			list.prctl("dropping capabilities from the bounding set", unix.PR_CAPBSET_DROP, n, 0, 0, 0).ignored = unix.EINVAL
		}
	}
}

// capabilities leaves the payload those that it is to have: as root by its
// exec, which gives root the bounding set; else through the ambient set, which
// holds only what was added by name.
func (c *Config) capabilities(list *calls) {
	// Before kernel 4.3 there is no ambient set.
	list.prctl("dropping ambient capabilities", unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0).ignored = unix.EINVAL
	c.dropInheritable(list)
	if c.Guard.Add == 0 || c.UID == 0 {
		return
	}
	keep := [2]uint32{uint32(c.Guard.Add), uint32(c.Guard.Add >> 32)}
	list.capset(StepCapabilities, keep, keep, keep)
	list.raise(StepCapabilities, c.Guard.Add)
}

// dropInheritable: a new user namespace has none to drop; elsewhere they are
// the caller's, which the init and the payload's process still have.
func (c *Config) dropInheritable(list *calls) {
	var sets [2]unix.CapUserData
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capget(&header, &sets[0]); err != nil {
		list.err = fail("reading capabilities", "", err)
	}
	if c.OwnUser || sets[0].Inheritable|sets[1].Inheritable == 0 {
		return
	}
	list.capset("dropping inheritable capabilities", [2]uint32{sets[0].Effective, sets[1].Effective},
		[2]uint32{sets[0].Permitted, sets[1].Permitted}, [2]uint32{})
}

// capset sets a process's own sets, the low and the high half of each.
func (c *calls) capset(step string, effective, permitted, inheritable [2]uint32) *call {
	header := stow(c.ark, unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3})
	sets := stow(c.ark, [2]unix.CapUserData{})
	for i := range sets {
		sets[i] = unix.CapUserData{Effective: effective[i], Permitted: permitted[i], Inheritable: inheritable[i]}
	}
	return c.add(step, "", unix.SYS_CAPSET, unsafe.Pointer(header), unsafe.Pointer(sets))
}

// raise puts capabilities, which must be permitted and inheritable, into the
// ambient set.
func (c *calls) raise(step string, set uint64) {
	for n := range 64 {
		if set&(1<<n) != 0 {
			c.prctl(step, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, n, 0, 0)
		}
	}
}

// check: a capability that the caller has not cannot be given. In a user
// namespace of its own a process has them all.
func (c *Config) check() error {
	for n := range uintptr(64) {
		if c.Guard.Add&(1<<n) == 0 || c.OwnUser {
			continue
		}
		if has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, n, 0, 0, 0); err != nil || has != 1 {
			return fail(StepCapabilities, "", syscall.EPERM)
		}
	}
	return nil
}

// filter installs the seccomp program, the last thing before the exec.
func (g *Guard) filter(list *calls) {
	if len(g.Filter) == 0 {
		return
	}
	filter := stowAll(list.ark, g.Filter)
	program := stow(list.ark, unix.SockFprog{Len: uint16(len(filter) / 8), Filter: (*unix.SockFilter)(unsafe.Pointer(&filter[0]))})
	list.add("installing the seccomp filter", "", unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, unsafe.Pointer(program))
}

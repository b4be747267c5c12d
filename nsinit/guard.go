package nsinit

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// AllCapabilities stands for "leave the bounding set alone".
const AllCapabilities = ^uint64(0)

// Guard is what the payload may no longer do.
type Guard struct {
	Drops      bool   // Bound is asked for
	Bound      uint64 // capabilities that stay in the bounding set, bit N for number N
	Add        uint64 // those that the payload is to have, whoever it is
	NoNewPrivs bool
	Filter     []byte // seccomp program, 8 bytes an instruction (struct sock_filter); empty for none
}

func (g *Guard) fields(x *codec) {
	x.bool(&g.Drops)
	x.uint(&g.Bound)
	x.uint(&g.Add)
	x.bool(&g.NoNewPrivs)
	filter := string(g.Filter)
	x.string(&filter)
	g.Filter = []byte(filter)
}

// given says whether the payload alone is to be restricted. NoNewPrivs is
// harmless to the init, and is set there.
func (g *Guard) given() bool { return g.Drops || g.Add != 0 || len(g.Filter) > 0 }

// noNewPrivileges: no set-uid program or file capability gives more.
func (c *Config) noNewPrivileges() *Failure {
	if !c.Guard.NoNewPrivs {
		return nil
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fail("setting no_new_privs", "", err)
	}
	return nil
}

// StepCapabilities is one that the launcher explains.
const StepCapabilities = "giving capabilities"

// bound empties the bounding set but for what stays; it takes CAP_SETPCAP,
// so it comes before the change of ids.
func (g *Guard) bound() *Failure {
	if !g.Drops {
		return nil
	}
	for n := range uintptr(64) {
		if g.Bound&(1<<n) != 0 {
			continue
		}
		err := unix.Prctl(unix.PR_CAPBSET_DROP, n, 0, 0, 0)
		if err == unix.EINVAL { // beyond the last there is
			return nil
		}
		if err != nil {
			return fail("dropping capabilities from the bounding set", "", err)
		}
	}
	return nil
}

// capabilities leaves the payload those that it is to have: as root by its
// exec, which gives root the bounding set; else through the ambient set, which
// holds only what was added by name.
func (g *Guard) capabilities() *Failure {
	if failure := dropCapabilities(); failure != nil {
		return failure
	}
	if g.Add == 0 && !g.Drops {
		return nil
	}
	if failure := g.added(); failure != nil {
		return failure
	}
	if unix.Geteuid() == 0 {
		return nil
	}
	keep := [2]uint32{uint32(g.Add), uint32(g.Add >> 32)}
	if err := setCapabilities(keep, keep, keep); err != nil {
		return fail(StepCapabilities, "", err)
	}
	return g.ambient()
}

// added: one that the caller has not is one that cannot be given.
func (g *Guard) added() *Failure {
	for n := range uintptr(64) {
		if g.Add&(1<<n) == 0 {
			continue
		}
		if has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, n, 0, 0, 0); err != nil || has != 1 {
			return fail(StepCapabilities, "", unix.EPERM)
		}
	}
	return nil
}

func (g *Guard) ambient() *Failure {
	for n := range uintptr(64) {
		if g.Add&(1<<n) == 0 {
			continue
		}
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, n, 0, 0); err != nil {
			return fail(StepCapabilities, "", err)
		}
	}
	return nil
}

func setCapabilities(effective, permitted, inheritable [2]uint32) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	for i := range sets {
		sets[i] = unix.CapUserData{Effective: effective[i], Permitted: permitted[i], Inheritable: inheritable[i]}
	}
	return unix.Capset(&header, &sets[0])
}

// filter installs the seccomp program, the last thing before the exec.
func (g *Guard) filter() *Failure {
	if len(g.Filter) == 0 {
		return nil
	}
	program := make([]unix.SockFilter, len(g.Filter)/8)
	for i := range program {
		word := g.Filter[i*8:]
		program[i] = unix.SockFilter{
			Code: binary.LittleEndian.Uint16(word), Jt: word[2], Jf: word[3], K: binary.LittleEndian.Uint32(word[4:]),
		}
	}
	if err := setFilter(program); err != nil {
		return fail("installing the seccomp filter", "", err)
	}
	return nil
}

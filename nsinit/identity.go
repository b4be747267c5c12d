package nsinit

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Identity is who the payload is, where that is not who the caller is.
type Identity struct {
	Mapped bool    // the launcher mapped the ids after the clone: become its root
	UID    Setting // the payload's own, in its user namespace
	GID    Setting
	Groups []int // with UID or GID: all of its other groups
}

func (i *Identity) fields(x *codec) {
	x.bool(&i.Mapped)
	i.UID.fields(x)
	i.GID.fields(x)
	x.ints(&i.Groups)
}

// given says whether the payload has ids of its own.
func (i *Identity) given() bool { return i.UID.Given || i.GID.Given || len(i.Groups) > 0 }

// becomeRoot makes the whole init the root of its user namespace. It was born
// there before its ids were mapped.
func (c *Config) becomeRoot() *Failure {
	if !c.Identity.Mapped {
		return nil
	}
	for _, err := range []error{syscall.Setgroups(nil), syscall.Setresgid(0, 0, 0), syscall.Setresuid(0, 0, 0)} {
		if err != nil {
			return fail("becoming root of the user namespace", "", err)
		}
	}
	return undumpable()
}

// apply changes the calling thread, which becomes the payload. The
// capabilities stay for the step that drops them (SECBIT_KEEP_CAPS).
func (i *Identity) apply() *Failure {
	if !i.given() {
		return nil
	}
	groups := make([]uint32, len(i.Groups))
	for n, gid := range i.Groups {
		groups[n] = uint32(gid)
	}
	if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
		return fail("keeping capabilities", "", err)
	}
	if err := setGroups(groups); err != nil {
		return fail("setting the groups", "", err)
	}
	if i.GID.Given {
		if err := setGID(i.GID.Value); err != nil {
			return fail("setting the gid", "", err)
		}
	}
	if i.UID.Given {
		if err := setUID(i.UID.Value); err != nil {
			return fail("setting the uid", "", err)
		}
	}
	return nil
}

// stayDumpable as the init's third argument: until its ids are mapped its /proc
// files must be the caller's, for newuidmap looks there whose process it is.
const stayDumpable = "stay-dumpable"

// undumpable: nobody inside who is not root may trace the init or open its
// /proc files, /proc/1/exe among them. A change of ids undoes it.
func undumpable() *Failure {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fail("forbidding to trace the init", "", err)
	}
	return nil
}

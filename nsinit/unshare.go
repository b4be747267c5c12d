package nsinit

import (
	"golang.org/x/sys/unix"
)

// Unshare is what of the namespaces beyond the clone's there is to do inside.
type Unshare struct {
	Cgroup   bool // only now, in the scope: it is to be the root
	Time     bool // entered by the payload's exec (kernel 6.3)
	Loopback bool // a network namespace of its own: its lo comes up
}

func (u *Unshare) fields(x *codec) {
	x.bool(&u.Cgroup)
	x.bool(&u.Time)
	x.bool(&u.Loopback)
}

// execFlags are unshared by the payload between its fork and its exec.
func (u *Unshare) execFlags() uintptr {
	if u.Time {
		return unix.CLONE_NEWTIME
	}
	return 0
}

// loopback brings lo up.
func (c *Config) loopback() *Failure {
	if !c.Unshare.Loopback {
		return nil
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fail("making a socket", "", err)
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err == nil {
		request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
		err = unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
	}
	if err != nil {
		return fail("bringing the loopback up", "", err)
	}
	return nil
}

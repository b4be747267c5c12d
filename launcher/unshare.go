package launcher

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit"
)

// Unshare names the namespaces that a run gets beyond the usual ones.
type Unshare struct{ IPC, Net, Cgroup, Time, User bool }

// readUnshare reads --unshare. Errors: an unknown name, one that is shared at
// the same time, and what this kernel cannot do.
func readUnshare(names []string, share Share, shared []string) (u Unshare, err error) {
	for _, name := range names {
		if slices.Contains(shared, name) {
			return u, fmt.Errorf("--unshare %s: --share %s is given too: drop one of the two", name, name)
		}
		switch name {
		case "ipc":
			u.IPC = true
		case "net":
			u.Net = true
		case "cgroup":
			u.Cgroup = true
		case "time":
			u.Time = true
		case "user":
			u.User = true
		case "pid", "uts", "mount", "mnt": // so it is anyway
		default:
			return u, fmt.Errorf("--unshare %q: want ipc, net, cgroup, time or user; pid, uts and mount are so without asking", name)
		}
	}
	switch {
	case u.Cgroup && share.Mount:
		return u, fmt.Errorf("--unshare cgroup: --share mount leaves the machine's /sys/fs/cgroup in sight: drop one of the two")
	case u.Time && kernelMajor() < 6:
		return u, fmt.Errorf("--unshare time: this kernel is older than 6.0, which lets a program enter a time namespace by its exec")
	}
	return u, nil
}

// any says whether one is asked for that takes a privilege.
func (u Unshare) any() bool { return u != Unshare{} }

// cloneFlags are those of the held child; cgroup and time come later.
func (u Unshare) cloneFlags() (flags uintptr) {
	if u.IPC {
		flags |= unix.CLONE_NEWIPC
	}
	if u.Net {
		flags |= unix.CLONE_NEWNET
	}
	return flags
}

func (u Unshare) inside() nsinit.Unshare {
	return nsinit.Unshare{Cgroup: u.Cgroup, Time: u.Time, Loopback: u.Net}
}

// kernelMajor is the 6 of "6.12.1"; 0 where there is no telling.
func kernelMajor() (major int) {
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		release, _, _ := strings.Cut(unix.ByteSliceToString(name.Release[:]), ".")
		fmt.Sscan(release, &major)
	}
	return major
}

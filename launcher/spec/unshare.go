package spec

import (
	"fmt"
	"os"
	"slices"

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
	case share.User && u.any() && os.Geteuid() != 0:
		return u, fmt.Errorf("--unshare: only root makes namespaces without a user namespace: drop --share user (all is user too)")
	case u.Cgroup && share.Mount:
		return u, fmt.Errorf("--unshare cgroup: --share mount leaves the machine's /sys/fs/cgroup in sight: drop one of the two")
	case u.Time && !entersTimeByExec():
		return u, fmt.Errorf("--unshare time: this kernel is older than 6.3: there a program's exec does not enter a time namespace")
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

func (u Unshare) Inside() nsinit.Unshare {
	return nsinit.Unshare{Cgroup: u.Cgroup, Time: u.Time, Loopback: u.Net}
}

// entersTimeByExec: kernel 6.1 was seen not to, 6.12 to.
func entersTimeByExec() bool {
	var name unix.Utsname
	var major, minor int
	if unix.Uname(&name) == nil {
		fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &major, &minor)
	}
	return major > 6 || major == 6 && minor >= 3
}

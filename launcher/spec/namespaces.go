package spec

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit"
)

// Share names the namespaces that a run does not get of its own.
type Share struct{ PID, UTS, Mount, User bool }

// Unshare names the namespaces that a run gets beyond the usual ones.
type Unshare struct{ IPC, Net, Cgroup, Time, User bool }

// ShareAll shares all namespaces: what is left are the limits.
func (d *Draft) ShareAll() { d.spec.Share = Share{PID: true, UTS: true, Mount: true, User: true} }

func (d *Draft) addShare(name string) error {
	share := &d.spec.Share
	switch name {
	case "pid":
		share.PID = true
	case "uts":
		share.UTS = true
	case "mount", "mnt":
		share.Mount = true
	case "user":
		share.User = true
	case "all":
		d.ShareAll()
	case "ipc", "net", "cgroup", "time": // so they are unless --unshare says otherwise
	default:
		return errors.New("want pid, uts, mount, user or all")
	}
	d.share = append(d.share, name)
	return nil
}

func (d *Draft) addUnshare(name string) error {
	unshare := &d.spec.Unshare
	switch name {
	case "ipc":
		unshare.IPC = true
	case "net":
		unshare.Net = true
	case "cgroup":
		unshare.Cgroup = true
	case "time":
		unshare.Time = true
	case "user":
		unshare.User = true
	case "pid", "uts", "mount", "mnt": // so it is anyway
	default:
		return errors.New("want ipc, net, cgroup, time or user; pid, uts and mount are so without asking")
	}
	d.unshare = append(d.unshare, name)
	return nil
}

// finishNamespaces refuses a namespace that is shared and not, and what this
// kernel cannot do.
func (d *Draft) finishNamespaces() error {
	share, unshare := d.spec.Share, d.spec.Unshare
	for _, name := range d.unshare {
		if slices.Contains(d.share, name) {
			return fmt.Errorf("--unshare %s: --share %s is given too: drop one of the two", name, name)
		}
	}
	switch {
	case share.User && unshare.any() && os.Geteuid() != 0:
		return errors.New("--unshare: only root makes namespaces without a user namespace: " +
			"drop --share user (all is user too)")
	case unshare.Cgroup && share.Mount:
		return errors.New("--unshare cgroup: --share mount leaves the machine's /sys/fs/cgroup in sight: " +
			"drop one of the two")
	case unshare.Time && !entersTimeByExec():
		return errors.New("--unshare time: this kernel is older than 6.3: " +
			"there a program's exec does not enter a time namespace")
	}
	return nil
}

// any says whether one is asked for that takes a privilege.
func (u Unshare) any() bool { return u != Unshare{} }

// Inside is what the init has to do for it.
func (u Unshare) Inside() nsinit.Unshare {
	return nsinit.Unshare{Cgroup: u.Cgroup, Time: u.Time, Loopback: u.Net}
}

// own says whether the run has any namespace that root alone may make.
func (s Share) own() bool { return !(s.PID && s.UTS && s.Mount) }

// OwnUserNamespace says whether the run has a user namespace of its own.
func (s Spec) OwnUserNamespace() bool {
	id := s.Identity
	if os.Geteuid() == 0 {
		return id.MapAuto || id.MapRoot || s.Unshare.User
	}
	return id.MapAuto || !s.Share.User && (s.Share.own() || s.Unshare.any() || id.given())
}

// CloneFlags are those of the held child. Without an init the payload, not the
// child, is to be the first of the PID namespace; the cgroup and time namespaces
// come later.
func (s Spec) CloneFlags() (flags uintptr) {
	for _, ns := range []struct {
		own  bool
		flag uintptr
	}{
		{!s.Share.PID && !s.NoInit, unix.CLONE_NEWPID},
		{!s.Share.UTS, unix.CLONE_NEWUTS},
		{!s.Share.Mount, unix.CLONE_NEWNS},
		{s.Unshare.IPC, unix.CLONE_NEWIPC},
		{s.Unshare.Net, unix.CLONE_NEWNET},
		{s.OwnUserNamespace(), unix.CLONE_NEWUSER},
	} {
		if ns.own {
			flags |= ns.flag
		}
	}
	return flags
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

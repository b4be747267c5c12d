package spec

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Share names the namespaces that a run does not get of its own.
type Share struct{ PID, UTS, Mount, User bool }

// ParseShare reads --share. Errors: an unknown name.
func ParseShare(names []string) (Share, error) {
	var share Share
	for _, name := range names {
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
			share = Share{true, true, true, true}
		case "ipc", "net", "cgroup", "time": // so they are unless --unshare says otherwise
		default:
			return share, fmt.Errorf("--share %q: want pid, uts, mount, user or all", name)
		}
	}
	return share, nil
}

// own says whether the run has any namespace that root alone may make.
func (s Share) own() bool { return !(s.PID && s.UTS && s.Mount) }

// cloneFlags are those of the held child. Without an init the payload, not
// the child, is to be the first of the PID namespace.
func (s Share) cloneFlags(noInit bool) uintptr {
	flags := uintptr(0)
	if !s.PID && !noInit {
		flags |= unix.CLONE_NEWPID
	}
	if !s.UTS {
		flags |= unix.CLONE_NEWUTS
	}
	if !s.Mount {
		flags |= unix.CLONE_NEWNS
	}
	return flags
}

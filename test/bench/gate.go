package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/cgroup"
)

const cgroupRoot = "/sys/fs/cgroup"

func pureV2() bool {
	var fs unix.Statfs_t
	return unix.Statfs(cgroupRoot, &fs) == nil && fs.Type == unix.CGROUP2_SUPER_MAGIC
}

// enterGate: on v2 (with nsdelegate) the manager may move nobody who comes
// from outside its cgroups. slimrun has a cgroup there in which its runs are
// born; the bench moves to it, and all peers are born there with it.
func (l *lab) enterGate() error {
	if !pureV2() {
		return nil
	}
	scope, err := ownCgroup(l.manager) // the manager's init.scope
	if err != nil {
		return err
	}
	gate := filepath.Join(filepath.Dir(scope), "gate")
	if _, err := os.Stat(gate); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	from, err := ownCgroup(os.Getpid())
	if err != nil {
		return err
	}
	l.cgroup = from
	return cgroup.Enter(gate)
}

// leaveGate: the manager's cgroups cannot be removed with the bench in them.
func (l *lab) leaveGate() error {
	if l.cgroup == "" {
		return nil
	}
	return cgroup.Enter(l.cgroup)
}

// ownCgroup is a process's directory on v2.
func ownCgroup(pid int) (string, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return filepath.Join(cgroupRoot, strings.TrimPrefix(strings.TrimSpace(string(content)), "0::")), err
}

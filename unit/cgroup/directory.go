package cgroup

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// WriteHint says how a mount of cgroups comes to be written. Without "bind" the options of
// the file system would be set, which are everybody's.
func WriteHint(mount string) string {
	return "`mount -o remount,bind,rw " + mount + "`, or start the container with a cgroup file system that it " +
		"may write: `docker run --privileged`"
}

// RequireEmpty: a cgroup with processes gives its children no controller but
// the threaded ones, and enabling those makes the children useless ("domain
// invalid", EOPNOTSUPP). So look before touching it. The true root, which has
// no cgroup.type, is exempt.
func RequireEmpty(root string) error {
	if _, err := os.Stat(filepath.Join(root, "cgroup.type")); err != nil {
		return linux.IgnoreMissing(err)
	}
	processes, err := os.ReadFile(filepath.Join(root, "cgroup.procs"))
	if err == nil && len(processes) > 0 {
		return problem.Errorf(fmt.Sprintf("move them first: `mkdir %[1]s/init && xargs -rn1 <%[1]s/cgroup.procs "+
			">%[1]s/init/cgroup.procs`", root),
			"the container's root cgroup %q holds processes, so it cannot hand controllers to its children", root)
	}
	return err
}

// EnableControllers hands every controller of the v2 root to its children, one
// by one: one that cannot be (cpu beside realtime processes) leaves the others
// their work, and the proof of a limit that needs it will name it. They stay
// on when the manager ends: somebody else may rely on them by then.
func EnableControllers(root string) error {
	content, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("reading the controllers: %w", err)
	}
	for _, controller := range strings.Fields(string(content)) {
		os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+"+controller), 0)
	}
	return nil
}

// InheritCPUs copies the CPUs and memory nodes of the parent: v1's cpuset starts
// empty, and takes no process so.
func InheritCPUs(dir string) error {
	return errors.Join(inherit(dir, "cpuset.cpus"), inherit(dir, "cpuset.mems"))
}

func inherit(dir, file string) error {
	content, err := os.ReadFile(filepath.Join(filepath.Dir(dir), file))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, file), content, 0)
}

// Enter moves this process into a cgroup.
func Enter(dir string) error { return take(dir, 0) }

func take(dir string, pid int) error {
	err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("entering the cgroup %q: %w", dir, err)
	if errors.Is(err, unix.EINVAL) && linux.IsRealTime(pid) {
		return problem.Of(err, linux.OrdinaryPolicy)
	}
	return err
}

// Take moves a process into the cgroup of a scope, in every hierarchy that has one.
func (c Cgroup) Take(pid int, scope string) error {
	dirs := map[string]bool{c.Unified: true}
	for _, dir := range c.Dirs {
		dirs[dir] = true
	}
	taken := false
	for dir := range dirs {
		if !isUnit(dir, scope) {
			continue
		}
		if err := take(dir, pid); err != nil {
			return err
		}
		taken = true
	}
	if !taken {
		return fmt.Errorf("entering %s: no cgroup of that name is seen from here", scope)
	}
	return nil
}

// endWithin is how long whoever is in a cgroup that is to go may take to end: a slimrun
// there, whose run has just died, writes what came of it.
const endWithin = time.Second

// Remove removes a cgroup and all below it, bottom-up, and before each whoever is
// still there.
func Remove(dir string) error {
	begin := time.Now()
	var dirs []string
	err := walk(dir, func(dir string) error {
		dirs = append(dirs, dir)
		return nil
	})
	for i := len(dirs) - 1; i >= 0 && err == nil; i-- {
		if err = evict(dirs[i], endWithin-time.Since(begin)); err == nil {
			err = linux.IgnoreMissing(unix.Rmdir(dirs[i]))
		}
	}
	if err != nil {
		return fmt.Errorf("removing the cgroup %q: %w", dir, err)
	}
	return nil
}

// evict waits for the end of a cgroup's processes, and kills those that take longer.
func evict(dir string, grace time.Duration) error {
	content, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		return linux.IgnoreMissing(err)
	}
	for _, field := range strings.Fields(string(content)) {
		pid, err := strconv.Atoi(field)
		if err != nil || pid <= 0 { // 0: a process that this PID namespace does not show
			continue
		}
		if err := linux.KillAfter(pid, grace, 5*time.Second); err != nil {
			return fmt.Errorf("killing process %d in %q: %w", pid, dir, err)
		}
	}
	return nil
}

// AnyProcess is one that lives in a cgroup or below it, 0 for none; a number that is
// not known here (of another PID namespace) is -1. A cgroup that is not there is empty.
func AnyProcess(dir string) (pid int, err error) {
	err = walk(dir, func(dir string) error {
		content, err := linux.ReadFile(dir + "/cgroup.procs")
		if fields := strings.Fields(content); err == nil && len(fields) > 0 {
			pid, _ = strconv.Atoi(fields[0])
			pid = cmp.Or(pid, -1)
			return fs.SkipAll
		}
		return linux.IgnoreMissing(err)
	})
	return pid, err
}

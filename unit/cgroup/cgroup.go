package cgroup

import (
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// Root is where every systemd since 2009 mounts the hierarchies.
const Root = "/sys/fs/cgroup"

// Cgroup is where a process lives: one directory on v2, one for each
// controller on v1 and hybrid.
type Cgroup struct {
	Path    string            // as /proc/PID/cgroup says, in systemd's own hierarchy
	Unified string            // directory in the v2 tree, "" where there is none
	Dirs    map[string]string // v1: controller → directory; nil on pure v2
	mounts  Mounts            // v1: of these
	shared  *shared           // nil for a run's own
}

// Of finds the cgroup of a process; the mounts are only looked at where there is
// more than v2. Errors: the process is gone, or /sys/fs/cgroup shows no cgroup
// file system.
func Of(pid string, mounts func() (Mounts, error)) (Cgroup, error) {
	lines, err := Lines(pid)
	if err != nil {
		return Cgroup{}, err
	}
	return in(lines, mounts)
}

// Lines are those of /proc/PID/cgroup.
func Lines(pid string) (string, error) {
	content, err := linux.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		return "", fmt.Errorf("finding the cgroup of process %s: %w", pid, err)
	}
	return strings.TrimSuffix(content, "\n"), nil
}

// in puts lines of /proc/PID/cgroup and the mounts together.
func in(lines string, find func() (Mounts, error)) (Cgroup, error) {
	if own, ok := unifiedPath(lines); ok && OnlyV2() {
		return Cgroup{Path: own, Unified: Root + own}, nil
	}
	mounts, err := find()
	if err != nil {
		return Cgroup{}, err
	}
	return legacy(strings.Split(lines, "\n"), mounts)
}

// unifiedPath is the path in the v2 tree. It stands last: above it are v1's hierarchies,
// which somebody may have mounted beside the tree (net_cls, mostly).
func unifiedPath(lines string) (string, bool) {
	last := lines[strings.LastIndexByte(lines, '\n')+1:]
	return strings.CutPrefix(last, "0::")
}

// OnlyV2 says whether the whole of /sys/fs/cgroup is the v2 tree.
func OnlyV2() bool {
	var fs unix.Statfs_t
	return unix.Statfs(Root, &fs) == nil && fs.Type == unix.CGROUP2_SUPER_MAGIC
}

// legacy joins the lines of /proc/PID/cgroup ("4:memory:/path") with
// the mounts that show those hierarchies.
func legacy(lines []string, mounts Mounts) (Cgroup, error) {
	found := Cgroup{Dirs: map[string]string{}, mounts: mounts}
	for _, line := range lines {
		parts := strings.SplitN(line, ":", 3)
		if len(parts) < 3 {
			continue
		}
		for _, controller := range strings.Split(parts[1], ",") {
			found.place(controller, parts[2], mounts)
		}
	}
	if found.Path == "" {
		return Cgroup{}, problem.Errorf("`"+FindMissing().Command()+"`",
			"no hierarchy of systemd's is mounted below %s", Root)
	}
	return found, nil
}

func (c *Cgroup) place(controller, own string, mounts Mounts) {
	m, ok := mounts[controller]
	if !ok {
		return
	}
	switch controller {
	case "":
		c.Unified = m.dir(own)
	case "name=systemd":
		c.Path = own
	}
	c.Dirs[controller] = m.dir(own)
}

// V1 says whether limits are v1's here (also on hybrid).
func (c Cgroup) V1() bool { return c.Dirs != nil }

// dir is the directory that holds a controller's files; "" on v1 where that
// hierarchy leaves the process in some parent, whose figures are not its own.
func (c Cgroup) dir(controller string) string {
	if !c.V1() {
		return c.Unified
	}
	dir := c.Dirs[v1Controller(controller)]
	if path.Base(dir) != path.Base(c.Path) {
		return ""
	}
	return dir
}

func v1Controller(controller string) string {
	if controller == "io" {
		return "blkio"
	}
	return controller
}

// Populated says whether a process is in the cgroup; false for one that is gone.
func (c Cgroup) Populated() bool {
	for _, controller := range []string{"", "pids", "memory"} {
		dir := c.Unified
		if controller != "" {
			dir = c.Dirs[controller]
		}
		if dir == "" || path.Base(dir) != path.Base(c.Path) {
			continue
		}
		procs, err := readFile(dir + "/cgroup.procs")
		return err == nil && procs != ""
	}
	return false
}

// Has says whether a controller's directory is the unit's own: without the
// controller v1 leaves the process in a parent's.
func (c Cgroup) Has(controller, unit string) bool { return isUnit(c.dir(controller), unit) }

// Knows says whether v1's hierarchy of a controller is mounted.
func (c Cgroup) Knows(controller string) bool { return c.Dirs[v1Controller(controller)] != "" }

// IsUnit checks that the cgroup is the unit's, in systemd's hierarchy.
func (c Cgroup) IsUnit(unit string) bool { return isUnit(c.Path, unit) }

// isUnit says whether a directory is that of the unit: its last part.
func isUnit(dir, unit string) bool { return strings.HasSuffix(dir, "/"+unit) }

// Read returns a file of a controller, trimmed.
func (c Cgroup) Read(controller, file string) (string, error) {
	dir := c.dir(controller)
	if dir == "" {
		return "", fmt.Errorf("controller %q: %w", controller, os.ErrNotExist)
	}
	return readFile(dir + "/" + file)
}

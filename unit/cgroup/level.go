package cgroup

import (
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// Level is one cgroup in one hierarchy: this one, or one above.
type Level struct {
	Path string // below what is mounted here; "/" for the top
	dir  string
	v1   bool
}

// V1 says whether its files are v1's.
func (l Level) V1() bool { return l.v1 }

// Read returns a file, trimmed.
func (l Level) Read(_, file string) (string, error) { return readFile(l.dir + "/" + file) }

// Levels are the cgroups that hold a process under a controller, from its own up
// to the top of what is mounted here; without the root of all, which has no limits
// but the machine's CPUs.
func (c Cgroup) Levels(controller string) (levels []Level) {
	dir, top, all := c.Unified, Root, false
	if c.V1() {
		mount := c.mounts[v1Controller(controller)]
		dir, top, all = c.Dirs[v1Controller(controller)], mount.Point, mount.Root == "/"
	}
	if dir == "" {
		return nil
	}
	dir, top = path.Clean(dir), path.Clean(top)
	for ; dir != top && strings.HasPrefix(dir, top); dir = path.Dir(dir) {
		levels = append(levels, Level{Path: dir[len(top):], dir: dir, v1: c.V1()})
	}
	if dir == top && !all && (c.V1() || controller == "cpuset" || !isRoot(top)) {
		levels = append(levels, Level{Path: "/", dir: top, v1: c.V1()})
	}
	return levels
}

// top is what is mounted here.
func (c Cgroup) top(controller string) Level {
	if c.V1() {
		return Level{Path: "/", dir: path.Clean(c.mounts[v1Controller(controller)].Point), v1: true}
	}
	return Level{Path: "/", dir: Root}
}

// isRoot says whether a directory of v2 is the root of all, which has no
// cgroup.type: a namespace's root has.
func isRoot(dir string) bool {
	return unix.Access(dir+"/cgroup.type", unix.F_OK) == unix.ENOENT
}

// Above are those levels without its own.
func (c Cgroup) Above(controller string) []Level {
	levels := c.Levels(controller)
	return levels[min(1, len(levels)):]
}

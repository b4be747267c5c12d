package cgroup

import "path"

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
// to the top of what is mounted here.
func (c Cgroup) Levels(controller string) (levels []Level) {
	dir, top := c.Unified, Root
	if c.V1() {
		dir, top = c.Dirs[v1Controller(controller)], c.tops[v1Controller(controller)]
	}
	if dir == "" {
		return nil
	}
	dir, top = path.Clean(dir), path.Clean(top)
	for ; len(dir) >= len(top) && dir[:len(top)] == top; dir = path.Dir(dir) {
		levels = append(levels, Level{Path: path.Join("/", dir[len(top):]), dir: dir, v1: c.V1()})
	}
	return levels
}

// Above are those levels without its own.
func (c Cgroup) Above(controller string) []Level {
	levels := c.Levels(controller)
	return levels[min(1, len(levels)):]
}

package cgroup

import (
	"os"
	"path"
	"strings"
)

// Around is the cgroup of a unit that holds this one; without a hierarchy's
// directory where it is not in that unit there.
func (c Cgroup) Around(unit string) Cgroup {
	up := Cgroup{Path: upTo(c.Path, unit), Unified: upTo(c.Unified, unit)}
	if c.V1() {
		up.Dirs = map[string]string{}
		for controller, dir := range c.Dirs {
			up.Dirs[controller] = upTo(dir, unit)
		}
	}
	return up
}

// upTo cuts a path behind the directory of a unit; "" where it has none.
func upTo(dir, unit string) string {
	i := strings.LastIndex(dir+"/", "/"+unit+"/")
	if i < 0 {
		return ""
	}
	return dir[:i+1+len(unit)]
}

// Beside counts the cgroups around this one, itself included, whose names begin so; 0 where
// they are not seen.
func (c Cgroup) Beside(prefix string) (n int) {
	dir := c.dir("memory")
	if dir == "" {
		return 0
	}
	entries, _ := os.ReadDir(path.Dir(dir))
	for _, entry := range entries {
		if entry.IsDir() && strings.HasPrefix(entry.Name(), prefix) {
			n++
		}
	}
	return n
}

package cgroup

import (
	"path"
	"strings"
)

// CallerScope is the cgroup of the scope around this process; false in a
// login session, whose limits are the administrator's affair, and outside of
// any scope. At the root of a cgroup namespace the scope is what is seen.
func CallerScope() (Cgroup, bool) {
	lines, err := Lines("self")
	if err != nil || lines != "0::/" && !strings.Contains(lines, ".scope") {
		return Cgroup{}, false // the mounts need not even be looked at
	}
	own, err := in(lines, FindMounts)
	if err != nil {
		return own, false
	}
	for p := own.Path; p != "/" && p != "."; p = path.Dir(p) {
		if base := path.Base(p); strings.HasSuffix(base, ".scope") {
			up := strings.TrimPrefix(own.Path, p)
			return own.above(up), !strings.HasPrefix(base, "session-") && base != "init.scope"
		}
	}
	return own, own.Path == "/" && !own.V1()
}

// above is the cgroup that many path elements up, in every hierarchy.
func (c Cgroup) above(suffix string) Cgroup {
	up := Cgroup{Path: strings.TrimSuffix(c.Path, suffix), Unified: strings.TrimSuffix(c.Unified, suffix)}
	if c.V1() {
		up.Dirs = map[string]string{}
		for controller, dir := range c.Dirs {
			up.Dirs[controller] = strings.TrimSuffix(dir, suffix)
		}
	}
	return up
}

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

package unit

import (
	"path"
	"strings"

	"github.com/slimrun/slimrun/unit/limit"
)

// Confine tightens limits to those of the scope that the caller runs in:
// systemd puts a scope beside its caller's, not below, so that without this a
// run inside a run would get more than the run it is in. Tightened names the
// limits that were changed.
func Confine(limits []limit.Asked) (confined []limit.Asked, tightened []limit.Asked) {
	scope, ok := callerScope()
	if !ok {
		return limits, nil
	}
	return limit.Clip(limits, scope)
}

// callerScope is the cgroup of the scope around this process; false in a
// login session, whose limits are the administrator's affair, and outside of
// any scope. At the root of a cgroup namespace the scope is what is seen.
func callerScope() (Cgroup, bool) {
	lines, err := cgroupLines("self")
	if err != nil || lines != "0::/" && !strings.Contains(lines, ".scope") {
		return Cgroup{}, false // the mounts need not even be looked at
	}
	own, err := cgroupIn(lines, hierarchies)
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
	up := Cgroup{Path: strings.TrimSuffix(c.Path, suffix), unified: strings.TrimSuffix(c.unified, suffix)}
	if c.V1() {
		up.dirs = map[string]string{}
		for controller, dir := range c.dirs {
			up.dirs[controller] = strings.TrimSuffix(dir, suffix)
		}
	}
	return up
}

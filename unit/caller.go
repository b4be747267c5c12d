package unit

import (
	"path"
	"strconv"
	"strings"
)

// confining are the limits that a run inside a run must not escape from.
var confining = []string{"memory", "swap", "cpus", "pids"}

// Confine tightens limits to those of the scope that the caller runs in:
// systemd puts a scope beside its caller's, not below, so that without this a
// run inside a run would get more than the run it is in. Tightened names the
// limits that were changed or added.
func Confine(limits []Asked) (confined []Asked, tightened []Asked) {
	scope, ok := callerScope()
	if !ok {
		return limits, nil
	}
	for _, flag := range confining {
		limit, _ := LimitFor(flag)
		own, ok := scope.inForce(limit)
		if !ok {
			continue
		}
		have, asked := find(limits, flag)
		if asked && have.Number() <= own {
			continue
		}
		tight := Asked{Limit: limit, Flag: flag, Text: limit.flagText(own), Implied: true, value: own}
		limits = replace(limits, tight)
		if asked {
			tightened = append(tightened, tight)
		}
	}
	return limits, tightened
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

// inForce reads a limit's file as the number that a flag would give; false
// where there is no limit.
func (c Cgroup) inForce(limit *Limit) (uint64, bool) {
	content, err := c.value(limit)
	if err != nil {
		return 0, false
	}
	value, period, isQuota := strings.Cut(content, " ")
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil || n == maxBytes {
		return 0, false
	}
	if p, err := strconv.ParseUint(period, 10, 64); isQuota && err == nil && p > 0 {
		n = n * 1e6 / p
	}
	return n, true
}

// flagText is a number as the flag would have it.
func (l *Limit) flagText(n uint64) string {
	switch {
	case l.Flag == "cpus":
		return strconv.FormatFloat(float64(n)/1e6, 'f', -1, 64)
	case l.Flag != "pids" && n > 0 && n%(1<<20) == 0:
		return strconv.FormatUint(n>>20, 10) + "M"
	}
	return strconv.FormatUint(n, 10)
}

func find(limits []Asked, flag string) (Asked, bool) {
	for _, limit := range limits {
		if limit.Limit.Flag == flag {
			return limit, true
		}
	}
	return Asked{}, false
}

func replace(limits []Asked, with Asked) []Asked {
	replaced := []Asked{with}
	for _, limit := range limits {
		if limit.Limit.Flag != with.Limit.Flag {
			replaced = append(replaced, limit)
		}
	}
	return replaced
}

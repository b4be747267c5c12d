package unit

import (
	"context"
	"fmt"
	"strings"
)

// SliceFlag is the flag by which limits are set on a slice.
const SliceFlag = "--slice-limit"

// AskSlice reads FLAG=VALUE, a limit of the table for a slice. Errors: no such
// limit, a limit that slices have not, a value it does not take.
func AskSlice(assignment string) (Asked, error) {
	flag, text, ok := strings.Cut(assignment, "=")
	limit, known := LimitFor(flag)
	switch {
	case !ok:
		return Asked{}, fmt.Errorf("%s %q: want FLAG=VALUE, such as memory=8G", SliceFlag, assignment)
	case !known:
		return Asked{}, hinted(nearestLimit(flag), "%s %q: no limit is called %q", SliceFlag, assignment, flag)
	case !limit.onSlices():
		return Asked{}, hinted(fmt.Sprintf("give it to the run: --%s %s", flag, text), "%s %q: a slice has no %s", SliceFlag, assignment, limit.Property)
	}
	value, err := limit.parse(text)
	if err != nil {
		return Asked{}, fmt.Errorf("%s %q: %w", SliceFlag, assignment, err)
	}
	return Asked{Limit: limit, Flag: SliceFlag + " " + flag, Text: text, value: value}, nil
}

// onSlices: time and the killer's policy are a scope's own.
func (l *Limit) onSlices() bool { return l.Flag != "timeout" && l.Flag != "oom" }

func nearestLimit(flag string) string {
	var names []string
	for _, limit := range Limits {
		if limit.onSlices() {
			names = append(names, limit.Flag)
		}
	}
	if near := Nearest(flag, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "they are " + strings.Join(names, ", ")
}

// LimitSlice starts the slice and sets limits on it, which stay until the
// slice is stopped or the manager ends: the runs in it share them.
func (m *Manager) LimitSlice(ctx context.Context, slice string, limits []Asked) error {
	if err := m.settle(ctx); err != nil {
		return err
	}
	job, err := jobOf(m.bus.call(ctx, ask("StartUnit", slice, "replace")))
	if err != nil {
		return m.refusal(slice, err)
	}
	if result, err := m.bus.wait(ctx, job); err != nil || result != "done" {
		return hinted("`journalctl -b` of that manager says why", "starting %s: the job ended with %q, want \"done\": %v", slice, result, err)
	}
	var properties []Property
	for _, limit := range limits {
		properties = append(properties, limit.Property())
	}
	const runtime = true // not beyond a reboot
	if _, err := m.bus.call(ctx, ask("SetUnitProperties", slice, runtime, properties)); err != nil {
		return m.refusal(slice, err)
	}
	return nil
}

// ProveSlice checks that the kernel holds every limit in the slice around a
// run's cgroup.
func (m *Manager) ProveSlice(ctx context.Context, slice string, run Cgroup, limits []Asked) []Proof {
	around := run.around(slice)
	proofs := make([]Proof, len(limits))
	for i, asked := range limits {
		proofs[i] = m.prove(ctx, slice, around, asked)
	}
	return proofs
}

// around is the cgroup of a unit that holds this one; without a hierarchy's
// directory where it is not in that unit there.
func (c Cgroup) around(unit string) Cgroup {
	up := Cgroup{Path: upTo(c.Path, unit), unified: upTo(c.unified, unit)}
	if c.V1() {
		up.dirs = map[string]string{}
		for controller, dir := range c.dirs {
			up.dirs[controller] = upTo(dir, unit)
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

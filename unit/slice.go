package unit

import (
	"context"
	"strings"

	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// LimitSlice starts the slice and sets limits on it, which stay until the
// slice is stopped or the manager ends: the runs in it share them.
func (m *Manager) LimitSlice(ctx context.Context, slice string, limits []limit.Asked) error {
	if err := m.settle(ctx); err != nil {
		return err
	}
	job, err := jobOf(m.bus.call(ctx, ask("StartUnit", slice, "replace")))
	if err != nil {
		return m.refusal(slice, err)
	}
	if result, err := m.bus.wait(ctx, job); err != nil || result != "done" {
		return problem.Errorf("`journalctl -b` of that manager says why", "starting %s: the job ended with %q, want \"done\": %v", slice, result, err)
	}
	var properties []limit.Property
	for _, asked := range limits {
		properties = append(properties, asked.Property())
	}
	const runtime = true // not beyond a reboot
	if _, err := m.bus.call(ctx, ask("SetUnitProperties", slice, runtime, properties)); err != nil {
		return m.refusal(slice, err)
	}
	return nil
}

// ProveSlice checks that the kernel holds every limit in the slice around a
// run's cgroup.
func (m *Manager) ProveSlice(ctx context.Context, slice string, run Cgroup, limits []limit.Asked) []Proof {
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

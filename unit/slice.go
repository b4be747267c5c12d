package unit

import (
	"context"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// LimitSlice starts the slice and sets limits on it, which stay until the
// slice is stopped or the manager ends: the runs in it share them.
func (m *Manager) LimitSlice(ctx context.Context, slice string, limits []limit.Asked) error {
	if err := m.settle(ctx); err != nil {
		return err
	}
	job, err := jobOf(m.bus.Call(ctx, ask("StartUnit", slice, "replace")))
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
	if _, err := m.bus.Call(ctx, ask("SetUnitProperties", slice, runtime, properties)); err != nil {
		return m.refusal(slice, err)
	}
	return nil
}

// ProveSlice checks that the kernel holds every limit in the slice around a
// run's cgroup.
func (m *Manager) ProveSlice(ctx context.Context, slice string, run cgroup.Cgroup, limits []limit.Asked) []Proof {
	around := run.Around(slice)
	proofs := make([]Proof, len(limits))
	for i, asked := range limits {
		proofs[i] = m.prove(ctx, slice, around, asked)
	}
	return proofs
}

package unit

import (
	"context"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// LimitSlice starts the slice and sets limits on it, which stay until the
// slice is stopped or the manager ends: the runs in it share them. Errors: it
// has another limit, which has been proven to those that are in it. That no
// other run sets one meanwhile is sure until Hangup.
func (m *Manager) LimitSlice(ctx context.Context, slice string, limits []limit.Asked) error {
	m.alone = takeAlone(ctx, m.queue)
	if err := m.settle(ctx); err != nil {
		return err
	}
	if err := m.startSlice(ctx, slice); err != nil {
		return err
	}
	missing, err := m.missing(ctx, slice, limits)
	if err != nil || len(missing) == 0 {
		return err
	}
	const runtime = true // not beyond a reboot
	if _, err := m.bus.Call(ctx, ask("SetUnitProperties", slice, runtime, missing)); err != nil {
		return m.refusal(slice, err)
	}
	return nil
}

func (m *Manager) startSlice(ctx context.Context, slice string) error {
	job, err := jobOf(m.bus.Call(ctx, ask("StartUnit", slice, "replace")))
	if err != nil {
		return m.refusal(slice, err)
	}
	if result, err := m.bus.wait(ctx, job); err != nil || result != "done" {
		return problem.Errorf("`journalctl -b` of that manager says why",
			"starting %s: the job ended with %q, want \"done\": %v", slice, result, err)
	}
	return nil
}

// missing are the limits that the slice does not have yet.
func (m *Manager) missing(ctx context.Context, slice string, limits []limit.Asked) (missing []limit.Property,
	err error,
) {
	for _, asked := range limits {
		value, err := m.get(ctx, slice, sliceIface, asked.Row.Property)
		switch {
		case err != nil:
			return nil, err
		case asked.IsValue(value):
			continue
		case !asked.Row.IsUnset(value) && m.isUsed(ctx, slice):
			return nil, problem.Errorf("ask for the same, or take another slice; when those runs have ended, the "+
				"limit may be another",
				"%s: %s holds %s=%v, and others are in it", asked, slice, asked.Row.Property, value)
		}
		missing = append(missing, asked.Property())
	}
	return missing, nil
}

const (
	unitIface  = "org.freedesktop.systemd1.Unit"
	sliceIface = "org.freedesktop.systemd1.Slice"
)

// isUsed says whether units are in the slice: they require it. So it is taken to
// be where that cannot be read.
func (m *Manager) isUsed(ctx context.Context, slice string) bool {
	units, err := m.get(ctx, slice, unitIface, "RequiredBy")
	names, ok := units.([]string)
	return err != nil || !ok || len(names) > 0
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

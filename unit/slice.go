package unit

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// Slice is one that is made for a scope, and goes with the last that is in it.
type Slice struct {
	Name       string // with .slice
	Properties []limit.Property
}

// auxiliary are the slices as units beside the scope's.
func auxiliary(slices []Slice) []auxUnit {
	units := []auxUnit{}
	for _, s := range slices {
		own := []limit.Property{limit.NewProperty("StopWhenUnneeded", true)}
		units = append(units, auxUnit{s.Name, append(own, s.Properties...)})
	}
	return units
}

// auxUnit is an element of StartTransientUnit's a(sa(sv)).
type auxUnit struct {
	Name       string
	Properties []limit.Property
}

// SlicesTo are those that a scope in the slice needs and that are not there, from
// the top down; the last gets the limits. One that is about to go is waited for: systemd
// would start it anew with the scope, without its limits and for good.
func (m *Manager) SlicesTo(ctx context.Context, slice string, limits []limit.Asked) ([]Slice, error) {
	if err := m.settle(ctx); err != nil {
		return nil, err
	}
	if there, err := m.stays(ctx, slice); err != nil || there {
		return nil, err
	}
	missing := NewSlices(slice)
	for _, asked := range limits {
		last := &missing[len(missing)-1]
		last.Properties = append(last.Properties, asked.Property())
	}
	return missing, nil
}

// NewSlices are a slice and those above it, by its name: a-b.slice is in a.slice.
func NewSlices(slice string) (slices []Slice) {
	base := strings.TrimSuffix(slice, ".slice")
	for i, c := range base + "-" {
		if c == '-' {
			slices = append(slices, Slice{Name: base[:i] + ".slice"})
		}
	}
	return slices
}

// stays says whether a slice is there, and will be: one that goes with its last unit does so
// as soon as systemd hears from the kernel that nobody is in it.
func (m *Manager) stays(ctx context.Context, slice string) (bool, error) {
	for patience := (Patience{}); ; patience.Wait() {
		there, err := m.isActive(ctx, slice)
		if err != nil || !there || !m.isDeserted(ctx, slice) || patience.Ends() {
			return there, err
		}
		goes, err := m.get(ctx, slice, unitIface, "StopWhenUnneeded")
		if err != nil {
			return false, err
		}
		if goes != true { // so says systemd of one that has gone meanwhile, too
			return m.isActive(ctx, slice)
		}
	}
}

// isDeserted says whether the kernel has nobody in a slice.
func (m *Manager) isDeserted(ctx context.Context, slice string) bool {
	dir, err := m.Top(ctx)
	for _, above := range NewSlices(slice) {
		dir = filepath.Join(dir, above.Name)
	}
	return err == nil && m.DesertedAt(dir)
}

func (m *Manager) isActive(ctx context.Context, name string) (bool, error) {
	value, err := m.get(ctx, name, unitIface, "ActiveState")
	return value == "active", err
}

// LimitSlice sets limits on a slice that is there; the runs in it share them. Errors:
// it has another limit, which has been proven to those that are in it. That no other
// run sets one meanwhile is sure until Hangup.
func (m *Manager) LimitSlice(ctx context.Context, slice string, limits []limit.Asked) error {
	if len(limits) == 0 {
		return nil
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

// HoldSlices has no other run change limits of slices until Hangup.
func (m *Manager) HoldSlices(ctx context.Context) { m.alone = takeAlone(ctx, m.queue) }

// missing are the limits that the slice does not have yet.
func (m *Manager) missing(
	ctx context.Context, slice string, limits []limit.Asked,
) (missing []limit.Property, err error) {
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

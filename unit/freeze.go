package unit

import (
	"context"
	"fmt"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/problem"
)

// Freeze has systemd stop every process of the scope where it is, and is done once the
// kernel says so; Thaw lets them go on. Errors: cgroup v1, for which systemd has no
// freezer; a refusal; the deadline, as processes that hang in the kernel are not
// frozen.
func (m *Manager) Freeze(ctx context.Context, unit string) error {
	return m.freezer(ctx, "FreezeUnit", unit)
}

// Thaw is Freeze's opposite.
func (m *Manager) Thaw(ctx context.Context, unit string) error {
	return m.freezer(ctx, "ThawUnit", unit)
}

// FreezerMissing says why nothing can be frozen here, nil where it can.
func FreezerMissing() error {
	if cgroup.OnlyV2() {
		return nil
	}
	return problem.Errorf(ThisHost().Boot(problem.Unified)+"; "+
		"until then `slimrun kill -s STOP --all` and -s CONT do nearly the same",
		"systemd has no freezer on cgroup v1")
}

func (m *Manager) freezer(ctx context.Context, method, unit string) error {
	if err := FreezerMissing(); err != nil {
		return err
	}
	if _, err := m.call(ctx, ask(method, unit)); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

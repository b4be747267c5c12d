package unit

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"time"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// rollback is how long putting old values back may take, whatever befell the new ones.
const rollback = 10 * time.Second

// before is what a limit was.
type before struct {
	row    *limit.Row
	value  any    // of the property
	kernel string // of the file; "" where the unit had none of its own
}

// isBack says whether it is so again. On v1 a controller that a limit has brought
// stays, without a limit.
func (b before) isBack(kernel string) bool {
	return kernel == b.kernel || b.kernel == "" && b.row.IsUnset(b.value)
}

// Update changes limits of a scope that runs, and holds each against the kernel, as
// Prove does. It is all or nothing: where one does not hold, all have their old values
// again, which is proven too. Errors: limits that do not hold; and, said on its own,
// that the old values could not be had back. The directory is one that Scopes named.
func (m *Manager) Update(ctx context.Context, unit, dir string, limits []limit.Asked) error {
	// Of two at once each would take for old, or for the kernel's, what the other has set.
	alone := takeAlone(ctx, m.queue)
	defer alone.end()
	old, err := m.remember(ctx, unit, dir, limits)
	if err != nil {
		return err
	}
	var properties []limit.Property
	for _, asked := range limits {
		properties = append(properties, asked.Property())
	}
	if err := m.set(ctx, unit, properties); err != nil {
		return m.refusal(unit, err)
	}
	err = m.ProveAll(ctx, unit, dir, limits)
	if err == nil {
		return nil
	}
	return errors.Join(err, m.restore(ctx, unit, dir, old))
}

// ProveAll proves the limits for every process of the unit: v1 has a hierarchy for
// each controller, into which systemd moves them one by one.
func (m *Manager) ProveAll(ctx context.Context, unit, dir string, limits []limit.Asked) error {
	own, _ := m.CgroupAt(dir)
	var missing []error
	for _, asked := range limits {
		err := Strict(m.prove(ctx, unit, own, asked).Err)
		switch {
		case err == nil && !asked.BySystemd():
			err = m.allWithin(own, dir, asked.Row)
		case err != nil && asked.Row == limit.Memory && own.V1() && exceeded(own, unit, asked):
			err = problem.Of(err, "cgroup v1 takes no limit below what is in use and cannot be taken back: "+
				"`slimrun ps` shows that")
		}
		missing = append(missing, err)
	}
	return errors.Join(missing...)
}

// exceeded says whether a scope uses more memory than was asked for.
func exceeded(own cgroup.Cgroup, unit string, asked limit.Asked) bool {
	now := own.Now().Memory
	return own.Has(asked.Row.Controller, unit) && now != nil && *now > asked.Number()
}

// allWithin says who is not in the unit's cgroup of the limit's controller, on v1; one that is
// gone is nobody.
func (m *Manager) allWithin(own cgroup.Cgroup, dir string, row *limit.Row) error {
	if !own.V1() {
		return nil
	}
	pids, err := cgroup.Processes(dir)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		at, err := cgroup.Of(strconv.Itoa(pid), m.hierarchies)
		if err == nil && !at.Has(row.Controller, path.Base(dir)) {
			return fmt.Errorf("--%s cannot be proven: process %d is elsewhere, in %q",
				row.Flag, pid, at.Dirs[row.Controller])
		}
	}
	return nil
}

// set sets properties until the next reboot at most. systemd answers before it writes
// to the cgroup, and writes before it takes the next question.
func (m *Manager) set(ctx context.Context, unit string, properties []limit.Property) error {
	const runtime = true
	if _, err := m.call(ctx, ask("SetUnitProperties", unit, runtime, properties)); err != nil {
		return err
	}
	_, err := m.get(ctx, unit, unitIface, "ActiveState")
	return err
}

// remember reads what the limits are before they are changed.
func (m *Manager) remember(ctx context.Context, unit, dir string, limits []limit.Asked) (old []before, err error) {
	own, _ := m.CgroupAt(dir)
	for _, asked := range limits {
		was := before{row: asked.Row}
		if was.value, err = m.scopeProperty(ctx, unit, asked.Row.Property); err != nil {
			return nil, err
		}
		was.kernel, _ = kernelValue(own, unit, asked.Row) // without its file there is nothing to prove
		old = append(old, was)
	}
	return old, nil
}

// restore puts back what was, and proves it.
func (m *Manager) restore(ctx context.Context, unit, dir string, old []before) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollback)
	defer cancel()
	var problems []error
	var properties []limit.Property
	for _, was := range old {
		back, err := was.row.Restore(was.value)
		problems = append(problems, err)
		properties = append(properties, back...)
	}
	problems = append(problems, m.set(ctx, unit, properties))
	own, _ := m.CgroupAt(dir)
	for _, was := range old {
		if now, _ := kernelValue(own, unit, was.row); !was.isBack(now) {
			problems = append(problems, fmt.Errorf("%s was %q, and is %q", was.row.Property, was.kernel, now))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return problem.Errorf("`slimrun inspect` shows what holds now, `systemctl show` what systemd says of it",
			"the old limits could not be put back: %w", err)
	}
	return nil
}

// IsUnset says whether a scope has no such limit.
func (m *Manager) IsUnset(ctx context.Context, unit string, row *limit.Row) (bool, error) {
	value, err := m.scopeProperty(ctx, unit, row.Property)
	return err == nil && row.IsUnset(value), err
}

package unit

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
)

// Caller is where slimrun itself is, and what the cgroups around it leave it.
// systemd puts a scope elsewhere, and would give it more.
type Caller struct {
	own    cgroup.Cgroup
	levels map[string][]remembered // by controller
	bounds map[*limit.Row]Bound
	step   bool // of Slurm's, which limits CPU time by the CPUs alone
}

// Bound is a limit that holds slimrun itself, and the cgroup whose it is.
type Bound struct {
	limit.Asked
	Cgroup string
	Kernel string // what its file says
}

// Tightened says that a limit became this bound, and whose it is.
func (b Bound) Tightened() error {
	return fmt.Errorf("%s is %s here: the cgroup %q around slimrun has no more", b.As, b.Text, path.Base(b.Cgroup))
}

// Caller finds where slimrun is. It does not look at limits yet.
// It is known by /proc/self: a /proc may number processes as another namespace does.
func (m *Manager) Caller() (*Caller, error) { return m.callerIn("self") }

// CallerOf is Caller for another slimrun, in whose place this one is.
func (m *Manager) CallerOf(pid int) (*Caller, error) { return m.callerIn(strconv.Itoa(pid)) }

func (m *Manager) callerIn(process string) (*Caller, error) {
	own, err := cgroup.Of(process, m.hierarchies)
	return newCaller(own, m.step != nil), err
}

func newCaller(own cgroup.Cgroup, step bool) *Caller {
	return &Caller{own: own, levels: map[string][]remembered{}, bounds: map[*limit.Row]Bound{}, step: step}
}

// bound is read once; its Row is nil where no cgroup has a limit.
func (c *Caller) bound(row *limit.Row) Bound {
	known, ok := c.bounds[row]
	if !ok {
		levels := c.around(row.Controller)
		least, at := limit.Least(row, levels)
		known.Asked = least
		if at >= 0 {
			known.Cgroup = levels[at].Path
			known.Kernel, _ = row.Kernel(levels[at])
		}
		if c.step && row == limit.CPUs {
			known = leastTime(known, c.bound(limit.CPUsHeld(c.own.V1())))
		}
		c.bounds[row] = known
	}
	return known
}

// leastTime is a bound of CPU time where the CPUs themselves may leave less.
func leastTime(time, cpus Bound) Bound {
	if cpus.Row == nil {
		return time
	}
	cpus.Asked = cpus.Time()
	if time.Row != nil && time.Within(cpus.Asked) {
		return time
	}
	return cpus
}

// remembered is a cgroup whose files are read once: four limits are in io.max.
type remembered struct {
	cgroup.Level
	files map[string]content
}

type content struct {
	text string
	err  error
}

func (r remembered) Read(controller, file string) (string, error) {
	known, ok := r.files[file]
	if !ok {
		known.text, known.err = r.Level.Read(controller, file)
		r.files[file] = known
	}
	return known.text, known.err
}

// around are the cgroups that hold the caller under a controller.
func (c *Caller) around(controller string) []remembered {
	if !c.own.V1() && controller != limit.CPUSet.Controller {
		controller = "" // one tree for all; only of CPUs does its root say anything
	}
	levels, ok := c.levels[controller]
	if !ok {
		for _, level := range c.own.Levels(controller) {
			levels = append(levels, remembered{level, map[string]content{}})
		}
		c.levels[controller] = levels
	}
	return levels
}

// Look reads all that bounds the caller, while there is time.
func (c *Caller) Look() {
	for _, row := range limit.Rows {
		if row.Bounds() {
			c.bound(row)
		}
	}
}

// Clip tightens the limits that are more than the caller has. Errors: limits that are
// more than the machine has, of what has names.
func (c *Caller) Clip(limits []limit.Asked) (clipped []limit.Asked, tightened []Bound, err error) {
	clipped = slices.Clone(limits)
	for i, asked := range clipped {
		if !asked.Row.Bounds() {
			continue
		}
		if err := asked.Present(); err != nil {
			return nil, nil, err
		}
		bound := c.bound(asked.Row)
		if bound.Row == nil || asked.Within(bound.Asked) {
			continue
		}
		if clipped[i], err = asked.Tighten(bound.Asked); err != nil {
			return nil, nil, err
		}
		tightened = append(tightened, Bound{clipped[i], bound.Cgroup, bound.Kernel})
	}
	return clipped, tightened, nil
}

// Confine makes a started scope leave no more than the caller has, also of what
// nobody asked for: the kernel says what the cgroups around the scope leave. It
// returns the limits that the scope was given for that, proven or not.
func (m *Manager) Confine(
	ctx context.Context, unit string, pid int, run cgroup.Cgroup, c *Caller,
) (cgroup.Cgroup, []Proof, error) {
	missing := c.missing(run)
	if len(missing) == 0 || m.step != nil {
		return run, nil, nil
	}
	var properties []limit.Property
	for _, asked := range missing {
		properties = append(properties, asked.Property())
	}
	if err := m.set(ctx, unit, properties); err != nil {
		return run, nil, m.refusal(unit, err)
	}
	return m.Prove(ctx, unit, pid, missing)
}

// missing are the limits that hold the caller and not the run.
func (c *Caller) missing(run cgroup.Cgroup) (missing []limit.Asked) {
	for _, row := range limit.Rows {
		if !row.Bounds() {
			continue
		}
		if bound := c.bound(row); bound.Row != nil {
			have, _ := limit.Least(row, run.Levels(row.Controller))
			if !have.Within(bound.Asked) {
				missing = append(missing, bound.Asked)
			}
		}
	}
	return missing
}

// Beside are limits around the caller that do not hold the run as well: what the
// run takes comes on top of what others take under them.
func (c *Caller) Beside(run cgroup.Cgroup) (beside []Bound) {
	if c.step { // the run is where the caller is
		return nil
	}
	for _, row := range limit.Rows {
		if !row.AddsUp() {
			continue
		}
		bound := c.bound(row)
		around := func(level cgroup.Level) bool { return level.Path == bound.Cgroup }
		if bound.Row != nil && !bound.IsUsual() && !slices.ContainsFunc(run.Levels(row.Controller), around) {
			beside = append(beside, bound)
		}
	}
	return beside
}

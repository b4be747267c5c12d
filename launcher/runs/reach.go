package runs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slimrun/slimrun/launcher/dial"
	"github.com/slimrun/slimrun/launcher/record"
	"github.com/slimrun/slimrun/unit"
)

// Patience bounds what is asked of managers, one of which may be stopped.
const Patience = 10 * time.Second

// Reach is the managers within reach, connected.
type Reach struct {
	managers []*unit.Manager
	missing  error // who should be within reach and is not
	home     *record.Home
	records  []*record.Kept
	unbegun  []*record.Kept
	unread   error // of records that cannot be read
}

// Run is a run as its manager has it, or one of which there is a record alone: it has
// ended, is about to, or is not there yet.
type Run struct {
	Name     string // its unit without .scope
	Text     string // its description: the command, mostly
	Stopping bool
	Manager  *unit.Manager // connected, until the reach is closed; nil for a record alone
	Dir      string        // its cgroup's directory in systemd's hierarchy, "" where that is not seen
	Record   *record.Kept  // of a detached run, where records were asked for
	Unasked  error         // of a record alone: why its manager may not have been asked
}

// Unit is the name of its scope.
func (r Run) Unit() string { return r.Name + suffix }

const suffix = ".scope"

// Open connects to the managers within reach. One that does not answer hides none of
// the others: List tells of it.
func Open(ctx context.Context) *Reach {
	all, err := unit.Reachable()
	reach := &Reach{missing: err}
	for _, m := range all {
		if err := dial.Manager(ctx, m); err != nil {
			reach.missing = errors.Join(reach.missing, err)
			m.Close()
			continue
		}
		reach.managers = append(reach.managers, m)
	}
	return reach
}

// Close hangs up.
func (r *Reach) Close() {
	for _, kept := range slices.Concat(r.records, r.unbegun) {
		kept.Close()
	}
	r.home.Close()
	for _, m := range r.managers {
		m.Close()
	}
}

// List lists the runs, by two calls to each manager. The error is of managers that
// could not be asked; the runs are those of the others.
func (r *Reach) List(ctx context.Context) ([]Run, error) {
	var all []Run
	problems := []error{r.missing}
	for _, m := range r.managers {
		listed, err := list(ctx, m)
		all, problems = append(all, listed...), append(problems, err)
	}
	all = append(all, r.jobs()...)
	return all, errors.Join(problems...)
}

func list(ctx context.Context, m *unit.Manager) ([]Run, error) {
	listed, err := m.Runs(ctx)
	if err != nil || len(listed) == 0 {
		return nil, err
	}
	dirs, err := m.Scopes(ctx)
	return living(m, listed, dirs), err
}

// living are the runs that there are: one that has ended systemd may not have seen yet.
func living(m *unit.Manager, listed []unit.Listed, dirs map[string]string) (all []Run) {
	for _, one := range listed {
		dir := dirs[one.Unit]
		if len(dirs) > 0 && (dir == "" || m.DesertedAt(dir)) {
			continue
		}
		all = append(all, Run{
			Name: strings.TrimSuffix(one.Unit, suffix), Text: one.Text, Stopping: one.Stopping, Manager: m, Dir: dir,
		})
	}
	return all
}

package runs

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/slimrun/slimrun/launcher/dial"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
)

// Live looks at runs again and again: what they take is then what they took since the
// last look. Between two looks it holds nothing, no connection and no manager.
type Live struct {
	only    []string // what is meant by RUN, none for all
	known   map[unit.Kind]*listing
	last    map[string]before // by qualified name
	seen    []Run
	started bool
}

// listing is what a manager said last.
type listing struct {
	top    string // its own cgroup's directory
	scopes []string
	runs   []unit.Listed
	at     time.Time
}

// listAgain is how long a manager's word counts where it has the same scopes as before:
// that a run is being stopped the kernel does not say.
const listAgain = 5 * time.Second

// before is what was seen at the last look.
type before struct {
	at      time.Time
	started time.Time
	cpu     *uint64
	kills   *uint64
	waits   map[string]*cgroup.Pressure
}

// NewLive looks at the runs that are meant by words, at all for none.
func NewLive(words []string) *Live {
	return &Live{only: words, known: map[unit.Kind]*listing{}, last: map[string]before{}}
}

// Look looks. Events are what has happened since the last time. Errors: at the first
// look, a word by which no run is called; a manager that does not answer, of which what
// it said last is taken.
func (l *Live) Look(ctx context.Context, now time.Time) (entries []Entry, events []Event, err error) {
	managers, unreached := unit.Reachable()
	defer func() {
		for _, m := range managers {
			m.Close()
		}
	}()
	problems := []error{unreached}
	var all []Run
	for _, m := range managers {
		found, err := l.list(ctx, m, now)
		all, problems = append(all, found...), append(problems, err)
	}
	if all, err = l.wanted(all, errors.Join(problems...)); err != nil {
		return nil, nil, err
	}
	last := map[string]before{}
	for _, run := range all {
		s, was := run.Look(), l.last[run.Qualified()]
		e := run.entry(s, now)
		is := before{now, s.Started, s.CPU, s.Kills, s.Cgroup.Stalls()}
		last[run.Qualified()] = is
		e.Usage.since(was, is)
		events = append(events, killed(run, was, is)...)
		entries = append(entries, e)
	}
	events = append(events, l.gone(last)...)
	l.last, l.seen, l.started = last, all, true
	return entries, events, errors.Join(problems...)
}

// list asks a manager where its scopes are others than before.
func (l *Live) list(ctx context.Context, m *unit.Manager, now time.Time) ([]Run, error) {
	k := l.known[m.Kind]
	if k == nil {
		k = &listing{}
		l.known[m.Kind] = k
	}
	dirs := map[string]string{}
	if k.top != "" {
		dirs = cgroup.ScopesBelow(k.top)
	}
	scopes := slices.Sorted(maps.Keys(dirs))
	if k.top == "" || !slices.Equal(scopes, k.scopes) || now.Sub(k.at) > listAgain {
		if err := k.ask(ctx, m); err != nil {
			return living(m, k.runs, dirs), err
		}
		dirs = cgroup.ScopesBelow(k.top)
		k.scopes, k.at = slices.Sorted(maps.Keys(dirs)), now
	}
	return living(m, k.runs, dirs), nil
}

func (k *listing) ask(ctx context.Context, m *unit.Manager) error {
	if err := dial.Manager(ctx, m); err != nil {
		return err
	}
	defer m.Hangup()
	top, err := m.Top(ctx)
	if err != nil {
		return err
	}
	runs, err := m.Runs(ctx)
	if err != nil {
		return err
	}
	k.top, k.runs = top, runs
	return nil
}

// wanted are those that were named: at the first look each must be there.
func (l *Live) wanted(all []Run, unseen error) ([]Run, error) {
	if len(l.only) == 0 {
		return all, nil
	}
	if !l.started {
		found, err := among(all, l.only, missing, unseen)
		if err != nil {
			return nil, err
		}
		l.only = nil
		for _, run := range found {
			l.only = append(l.only, run.Qualified())
		}
	}
	return slices.DeleteFunc(all, func(run Run) bool { return !slices.Contains(l.only, run.Qualified()) }), nil
}

// since has the shares of the time since the last look; of the first one the CPU's
// since the run began stays.
func (u *Use) since(was, is before) {
	spent := is.at.Sub(was.at).Microseconds()
	if was.at.IsZero() || spent <= 0 {
		return
	}
	u.CPUPercent = share(was.cpu, is.cpu, spent)
	u.Waits = Waits{}
	for resource, now := range is.waits {
		if then := was.waits[resource]; now != nil && then != nil {
			u.Waits[resource] = share(then.Some, now.Some, spent)
		}
	}
}

func share(was, is *uint64, spent int64) *float64 {
	if was == nil || is == nil || *is < *was {
		return nil
	}
	percent := float64(*is-*was) / float64(spent) * 100
	return &percent
}

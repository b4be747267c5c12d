package runs

import (
	"context"
	"errors"
	"os"
	"sync"

	"github.com/slimrun/slimrun/launcher/record"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/problem"
)

// All lists the runs, and those of which there is a record alone. A run in the
// foreground hides the record of an ended one of the same name.
func (r *Reach) All(ctx context.Context) ([]Run, error) {
	// The records first: one that ends meanwhile is then seen by its record.
	unread := r.openRecords()
	all, err := r.List(ctx)
	seen := map[string]int{}
	for i, run := range all {
		seen[run.Name] = i
	}
	for _, kept := range r.records {
		i, there := seen[kept.Name]
		switch {
		case !there:
			all = append(all, Run{Name: kept.Name, Record: kept, Unasked: err})
		case kept.Lives():
			all[i].Record = kept
		case all[i].goes():
			all[i] = Run{Name: kept.Name, Record: kept}
		}
	}
	return all, errors.Join(err, unread)
}

// goes: where a cgroup shows nobody though somebody may be in it, that of a run that has
// just ended is told by its going.
func (r Run) goes() bool {
	if r.Manager == nil || !r.Manager.Blind() {
		return false
	}
	for patience := (unit.Patience{}); cgroup.Deserted(r.Dir) && !patience.Ends(); patience.Wait() {
		if _, err := os.Stat(r.Dir); errors.Is(err, os.ErrNotExist) {
			return true
		}
	}
	return false
}

// Records are the runs of which there is a record.
func (r *Reach) Records() ([]Run, error) {
	err := r.openRecords()
	var all []Run
	for _, kept := range r.records {
		all = append(all, Run{Name: kept.Name, Record: kept})
	}
	return all, err
}

// FindRecords finds the records that are meant by words.
func (r *Reach) FindRecords(ctx context.Context, words []string) ([]Run, error) {
	all, unread := r.Records()
	living := sync.OnceValues(func() ([]Run, error) { return r.List(ctx) })
	found, err := choose(all, words, func(word string, names []string) error {
		return unrecorded(word, names, living, unread)
	})
	if err != nil {
		err = errors.Join(unread, err)
	}
	return found, err
}

// unrecorded is the error of a word by which no record is called: a run in the
// foreground may be.
func unrecorded(word string, names []string, living func() ([]Run, error), unread error) error {
	all, unreached := living()
	found, err := choose(all, []string{word}, missing)
	switch {
	case err != nil && errors.Join(unread, unreached) != nil:
		return errors.Join(unreached, unknown(word, nil))
	case err != nil:
		return missing(word, names)
	}
	return problem.Errorf("-d runs a command detached, and keeps what it writes",
		"%s runs in the foreground: what it writes goes to its caller", found[0].Name)
}

func (r *Reach) openRecords() error {
	if r.home != nil {
		return r.unread
	}
	home, err := record.OpenHome(false)
	if err != nil {
		return err
	}
	r.home = home
	var all []*record.Kept
	all, r.unread = record.List(home)
	for _, kept := range all {
		if kept.Begun() || kept.Lives() {
			r.records = append(r.records, kept)
		} else {
			r.unbegun = append(r.unbegun, kept)
		}
	}
	return r.unread
}

// Tidy removes what is left of launches that were killed, once Records has looked.
func (r *Reach) Tidy() error {
	var problems []error
	for _, kept := range r.unbegun {
		_, err := kept.Remove()
		problems = append(problems, err)
	}
	r.unbegun = nil
	problems = append(problems, r.home.Tidy())
	return errors.Join(problems...)
}

package adopt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/slimrun/slimrun/launcher/dial"
	"github.com/slimrun/slimrun/launcher/plan"
	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// within bounds the whole of it.
const within = 30 * time.Second

// Request is what is to be adopted, and how.
type Request struct {
	PIDs   []int
	Limits []limit.Asked
	Name   string // of the scope, with .scope; "" for one of slimrun's making
	Kind   unit.Kind
}

// Adopted is what came of it.
type Adopted struct {
	Name      string
	Processes int
	Resident  uint64 // bytes of memory that they had before, as far as that can be seen
}

// adoption is one on its way.
type adoption struct {
	Request
	warn    func(error)
	pids    []int // those that were there at the first look
	callers []*unit.Caller
	manager *unit.Manager
	held    *nsinit.Held
	scope   string
	dir     string // its cgroup's
	done    Adopted
}

// Adopt moves them. Errors: why nothing was moved, or who could not be.
func Adopt(asked Request, warn func(error)) (Adopted, error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	a := &adoption{Request: asked, warn: warn}
	if err := a.look(ctx); err != nil {
		return a.done, err
	}
	if err := a.open(ctx); err != nil {
		return a.done, err
	}
	defer a.manager.Close()
	if err := a.clip(); err != nil {
		return a.done, err
	}
	if err := a.prepare(ctx); err != nil {
		return a.done, err
	}
	return a.done, a.move(ctx)
}

// look refuses whom slimrun leaves alone, before anything is made.
func (a *adoption) look(ctx context.Context) error {
	all, err := look()
	if err != nil {
		return err
	}
	reach := runs.Open(ctx)
	defer reach.Close()
	listed, err := reach.List(ctx)
	if err != nil {
		return err
	}
	a.pids = all.below(a.PIDs)
	c := checker{tree: all, roots: a.PIDs, own: all.above(os.Getpid()), runs: listed}
	if err := c.check(a.pids); err != nil {
		return err
	}
	for _, asked := range a.Limits {
		if n := tasks(a.pids); asked.Row == limit.Pids && asked.Number() < n {
			return fmt.Errorf("%s is too small: they are %d tasks already", asked, n)
		}
	}
	a.done.Resident = resident(a.pids)
	return nil
}

// open finds the manager, which must see the processes, and connects to it.
func (a *adoption) open(ctx context.Context) (err error) {
	if a.Kind == unit.EmbeddedKind {
		return problem.Errorf("start it under slimrun: slimrun -d -- COMMAND",
			"no systemd runs as PID 1, and slimrun's own cannot name a process that it has not seen begin")
	}
	if a.manager, err = unit.Open(ctx, a.Kind); err != nil {
		return err
	}
	if a.manager.OutOfSight() {
		err = problem.Errorf("adopt from outside of it",
			"the manager does not see the processes of the run or container that this is")
	} else {
		err = dial.Manager(ctx, a.manager)
	}
	if err != nil {
		a.manager.Close()
	}
	return err
}

// clip tightens the limits to what slimrun has, and to what they have where they are.
func (a *adoption) clip() (err error) {
	if a.callers, err = a.around(); err != nil {
		return err
	}
	for _, caller := range a.callers {
		limits, tightened, err := caller.Clip(a.Limits)
		if err != nil {
			return err
		}
		a.Limits = limits
		for _, bound := range tightened {
			a.warn(fmt.Errorf("%s is %s here: the cgroup %q has no more",
				bound.As, bound.Text, path.Base(bound.Cgroup)))
		}
	}
	return nil
}

// around is who is in the cgroups of slimrun and of those that are to be moved: one for
// each.
func (a *adoption) around() ([]*unit.Caller, error) {
	own, err := a.manager.Caller()
	callers := []*unit.Caller{own}
	seen := map[string]bool{}
	for _, pid := range a.pids {
		if err != nil {
			break
		}
		lines, gone := cgroup.Lines(strconv.Itoa(pid))
		if gone != nil || seen[lines] {
			continue
		}
		seen[lines] = true
		own, err = a.manager.CallerOf(pid)
		callers = append(callers, own)
	}
	return callers, err
}

// prepare makes the scope around a held child, and proves it: nobody else is in there
// before every limit holds.
func (a *adoption) prepare(ctx context.Context) error {
	text := commandOf(a.PIDs[0])
	a.scope = a.Name
	if a.scope == "" {
		name, _, _ := strings.Cut(text, " ")
		a.scope = spec.GenerateName(name)
	}
	pid, err := a.hold(ctx)
	if err != nil {
		return err
	}
	scope := unit.Scope{Name: a.scope, PID: pid}
	scope.Properties, scope.Optional = plan.AdoptedProperties(text, a.Limits)
	if err := a.manager.StartScope(ctx, scope, func() {}); err != nil {
		a.held.Kill()
		return err
	}
	if err := a.prove(ctx, pid); err != nil {
		a.manager.StopScope(ctx, a.scope)
		a.held.Kill()
		return err
	}
	return nil
}

// hold clones the child. It is at its gate, and never let go.
func (a *adoption) hold(ctx context.Context) (pid int, err error) {
	if a.held, err = nsinit.Hold(nsinit.Clone{}, &nsinit.Config{Argv: []string{"slimrun"}}); err != nil {
		return 0, err
	}
	for {
		select {
		case event, ok := <-a.held.Events:
			switch {
			case !ok:
				return 0, errors.New("the held child ended before it was ready")
			case event.Kind == nsinit.Failed:
				return 0, event.Failure
			case event.Kind == nsinit.Ready:
				return event.Number, a.held.Watch(event.Number)
			}
		case <-ctx.Done():
			a.held.Kill()
			return 0, fmt.Errorf("getting ready: %w", ctx.Err())
		}
	}
}

// prove holds every limit against the kernel, and those that slimrun and the processes have where
// they are: without --best-effort, and before anybody is moved.
func (a *adoption) prove(ctx context.Context, pid int) error {
	own, proofs, err := a.manager.Prove(ctx, a.scope, pid, a.Limits)
	if err != nil {
		return err
	}
	for _, caller := range a.callers {
		_, more, err := a.manager.Confine(ctx, a.scope, pid, own, caller)
		if err != nil {
			return err
		}
		proofs = append(proofs, more...)
	}
	var missing []error
	for _, proof := range proofs {
		missing = append(missing, unit.Strict(proof.Err))
	}
	if err := errors.Join(missing...); err != nil {
		return err
	}
	dirs, err := a.manager.Scopes(ctx)
	a.dir = dirs[a.scope]
	if err == nil && a.dir == "" {
		err = fmt.Errorf("the cgroup of %s cannot be seen from here", a.scope)
	}
	return err
}

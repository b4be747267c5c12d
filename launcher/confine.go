package launcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slimrun/slimrun/launcher/idmap"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// confine has systemd put the held child into its scope and proves it there.
func (r *run) confine(ctx context.Context) error {
	if r.manager.OutOfSight() {
		if err := r.hear(ctx, nsinit.Connected); err != nil {
			return err
		}
	}
	if err := r.place(ctx); err != nil {
		return err
	}
	if err := r.prove(ctx); err != nil {
		r.manager.StopScope(ctx, r.verdict.Unit)
		return err
	}
	r.trace.mark("limits proven")
	if err := r.armPressure(); err != nil {
		r.manager.StopScope(ctx, r.verdict.Unit)
		return err
	}
	if err := r.tell.MayGo(ctx); err != nil {
		r.manager.StopScope(ctx, r.verdict.Unit)
		return err
	}
	r.watch = r.cgroup.WatchOOM()
	if !r.fate.decide(letGo) {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	err := explainClone(r.held.Go())
	// A waiting run holds no connection: a bus has few to give.
	r.manager.Hangup()
	// Nor does it keep others from their turn while nobody reads its words.
	r.tell.Launched(r.verdict.Unit, r.cgroup.Path, r.pid)
	return err
}

// place has the child where its limits are: in a scope, or, in a step of Slurm's, where it
// was born.
func (r *run) place(ctx context.Context) error {
	if step := r.manager.Step(); step != nil {
		r.verdict.Step, r.verdict.Unit = step, cmp.Or(strings.TrimSuffix(r.spec.Name, ".scope"), step.String())
		r.entered = time.Now()
		return r.meet(ctx)
	}
	if err := r.makeSlices(ctx); err != nil {
		return err
	}
	if err := r.enterScope(ctx); err != nil {
		return err
	}
	r.trace.mark("scope started: JobRemoved")
	return nil
}

// enterScope starts the scope around the child, and meets the child meanwhile.
func (r *run) enterScope(ctx context.Context) error {
	asked, settled := patient(ctx)
	defer settled()
	var met error
	meet := sync.OnceFunc(func() { met = r.meet(ctx) })
	r.entered = time.Now()
	err := r.startScope(asked, meet)
	switch {
	case met != nil && err == nil:
		r.manager.StopScope(ctx, r.verdict.Unit)
		return met
	case met != nil:
		return met
	case err == nil && ctx.Err() != nil:
		return fmt.Errorf("starting %s: %w", r.verdict.Unit, context.Cause(ctx))
	}
	return err
}

// meet waits until the child is at its gate, and maps its ids.
func (r *run) meet(ctx context.Context) error {
	r.manager.PrepareProof()
	r.caller.Look()
	if err := r.hear(ctx, nsinit.Ready); err != nil {
		return err
	}
	if err := idmap.Write(r.spec, r.pid); err != nil {
		return err
	}
	if r.spec.WantsReport() {
		verdict.Prepare() // systemd is at work on the scope
	}
	return nil
}

var errEnded = errors.New("the held child ended before it was ready")

// hear takes the child's words up to an event.
func (r *run) hear(ctx context.Context, last nsinit.EventKind) error {
	for {
		select {
		case event, ok := <-r.held.Events:
			if !ok {
				return errEnded
			}
			if err := r.prepared(ctx, event); err != nil || event.Kind == last {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("getting ready: %w", context.Cause(ctx))
		}
	}
}

func (r *run) prepared(ctx context.Context, event nsinit.Event) error {
	switch event.Kind {
	case nsinit.Connected:
		return r.manager.Dial(ctx, event.File)
	case nsinit.Ready:
		r.pid = event.Number
		r.pty.HandOver()
		r.trace.mark("heard that the child is ready")
		return r.held.Watch(r.pid)
	case nsinit.Marked:
		r.trace.add(event.Mark.At, "init", event.Mark.Step)
		return nil
	case nsinit.Failed:
		return r.explainStep(event.Failure)
	}
	return fmt.Errorf("getting ready: unexpected event %d (%v)", event.Kind, event.Err)
}

// prove holds every limit against the kernel. Without --best-effort one that
// is missing ends the run here.
func (r *run) prove(ctx context.Context) error {
	cgroup, proofs, err := r.manager.Prove(ctx, r.verdict.Unit, r.pid, r.spec.Limits)
	r.cgroup, r.verdict.Cgroup, r.verdict.Proofs = cgroup, cgroup.Path, proofs
	if err != nil {
		return err
	}
	implied, err := r.confineScope(ctx)
	if err != nil {
		return err
	}
	var missing []error
	for _, proof := range slices.Concat(proofs, implied, r.proveSlice(ctx)) {
		switch {
		case proof.Err == nil:
		case r.spec.BestEffort:
			r.tell.NotProven(proof.Err)
		default:
			missing = append(missing, proof.Err)
		}
	}
	if err := errors.Join(missing...); err != nil {
		return err
	}
	return r.roomForTasks()
}

// confineScope gives the scope what limits slimrun itself has and the scope has
// not, and tells of those on top of which the run's come.
func (r *run) confineScope(ctx context.Context) ([]unit.Proof, error) {
	own, proofs, err := r.manager.Confine(ctx, r.verdict.Unit, r.pid, r.cgroup, r.caller)
	if err != nil {
		return nil, err
	}
	r.cgroup, r.verdict.Proofs = own, append(r.verdict.Proofs, proofs...)
	for _, proof := range proofs {
		r.spec.Limits = append(r.spec.Limits, proof.Asked)
	}
	if r.verdict.Beside = r.caller.Beside(r.cgroup); len(r.verdict.Beside) > 0 {
		r.tell.Warn(besideProblem(r.verdict.Beside))
	}
	return proofs, nil
}

// besideProblem says that the run's limits come on top of others.
func besideProblem(beside []unit.Bound) error {
	var limits []string
	for _, asked := range beside {
		limits = append(limits, asked.Row.Flag+" "+asked.Text)
	}
	return problem.Errorf("a run around this one shares its limits if it has --nest",
		"what this run takes comes on top of what %q has (%s)", path.Base(beside[0].Cgroup), strings.Join(limits, ", "))
}

// roomForTasks: the init counts against --pids, and a payload that cannot be
// forked is no payload.
func (r *run) roomForTasks() error {
	for _, asked := range r.spec.Limits {
		if need := r.tasks(); asked.Row == limit.Pids && asked.Number() < need {
			return fmt.Errorf(
				"--pids %s is too small: slimrun's init and the payload take at least %d tasks to start",
				asked.Text,
				need,
			)
		}
	}
	return nil
}

// tasks are what a run starts with: the init and the payload, or, for a moment,
// the Go program that makes its files.
func (r *run) tasks() uint64 {
	if r.spec.Files.Given() {
		return 8
	}
	return 2
}

// config is all that the init is to do.
func (r *run) config() *nsinit.Config {
	return &nsinit.Config{
		Hostname: r.spec.Hostname, Private: !r.spec.Share.Mount, Proc: !r.spec.Share.Mount && !r.spec.Share.PID,
		NoInit: r.spec.NoInit && !r.spec.Share.PID, Dir: r.spec.InsideDir(),
		Argv: r.spec.Argv, Env: r.spec.PayloadEnv(), PassFDs: r.spec.PassFDs,
		Trace: r.trace != nil, Restore: r.terminal.Interactive,
		Terminal: r.pty.Inside(),
		OwnUser:  r.spec.OwnUserNamespace(), UID: r.spec.InsideUID(),
		Identity: r.spec.InsideIdentity(), Unshare: r.spec.Unshare.Inside(), Files: r.spec.Files,
		Attributes: r.spec.Attributes, Guard: r.spec.Guard,
	}
}

package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/dial"
	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/launcher/signals"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/terminal"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
)

const (
	// answerWithin bounds every wait for a manager that may be stopped.
	answerWithin = 5 * time.Second
	// turnWithin bounds the wait for a turn: a thousand runs that start at once
	// take 10 to 20 s.
	turnWithin = 2 * time.Minute
	// jobWithin bounds the launch from then on: a loaded machine may be slow.
	jobWithin = 30 * time.Second
	// attachWithin is how long a run that is to end waits for systemd, which
	// may be attaching its process.
	attachWithin = time.Second
)

// Narrator is told what happens, for people; console implements it.
type Narrator interface {
	Launched(scope, cgroup string, pid int)
	Warn(err error)
	NotProven(err error)
	MayGo(ctx context.Context) error // all is proven: the last word before the go
	Started()                        // the payload has been executed
	Retry(v verdict.Verdict, had, next uint64)
	NoRetry(v verdict.Verdict, had uint64, err error)
	Pressure(v verdict.Verdict, asked spec.Pressure, err error)
}

// run is one run on its way.
type run struct {
	spec     spec.Spec
	tell     Narrator
	manager  *unit.Manager
	held     *nsinit.Held
	pid      int // the held child's, here
	caller   *unit.Caller
	again    bool // it is another attempt, whose caller is the first one's
	cgroup   cgroup.Cgroup
	watch    *cgroup.Watch // of its memory events; nil before the proof
	sampler  *sample.Sampler
	pressure pressure
	slices   []unit.Slice // to be made with the scope
	signals  *signals.Listener
	fate     fate // what came first: the go, or a signal that ends the launch
	terminal terminal.Terminal
	pty      *terminal.PTY // --private-tty
	trace    *Trace
	verdict  verdict.Verdict
	stop     stopping
	begun    string    // a scope that was asked for in vain
	entered  time.Time // when systemd was asked for the scope: its clock starts later
	resumed  time.Time // when slimrun was last continued after a stop
}

func newVerdict(asked spec.Spec) verdict.Verdict {
	return verdict.Verdict{
		Command: asked.Argv, Manager: asked.Kind, Started: time.Now(),
		Filtered: asked.Guard.Filter != nil, Summary: asked.Summary,
	}
}

// once runs the spec to its end. Whatever happens is in the verdict. Of an earlier
// attempt the caller is known, who bounds this one as well.
func once(asked spec.Spec, tell Narrator, known *unit.Caller) (verdict.Verdict, *unit.Caller) {
	r := &run{
		spec:    asked,
		tell:    tell,
		caller:  known,
		again:   known != nil,
		stop:    newStopping(),
		verdict: newVerdict(asked),
	}
	var err error
	if r.trace, err = newTrace(os.Getenv("SLIMRUN_TRACE")); err != nil {
		tell.Warn(err)
	}
	r.verdict.Fail(limited(r.run()))
	r.verdict.Wall = time.Since(r.verdict.Started)
	if err := r.trace.write(); err != nil {
		tell.Warn(err)
	}
	return r.verdict, r.caller
}

func (r *run) run() error {
	// What the caller left open is nobody's business but the payload's, and
	// that only where it was asked for.
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("closing inherited file descriptors: %w", err)
	}
	ctx, err := r.listen(context.Background())
	if err != nil {
		return err
	}
	defer r.signals.Close()
	if r.under(r.floor()) {
		return r.memoryTooSmall()
	}
	r.terminal = terminal.Open()
	defer r.terminal.Restore()
	if r.spec.PrivateTTY {
		if r.pty, err = terminal.OpenPTY(r.terminal); err != nil {
			return err
		}
	}
	err = r.launch(ctx)
	if cause := (verdict.Interrupted{}); errors.As(context.Cause(ctx), &cause) {
		return cause
	}
	return err
}

// confineToCaller: a run gets no more than slimrun itself has, and is in its slice.
func (r *run) confineToCaller() (err error) {
	if err := r.findCaller(); err != nil {
		return err
	}
	limits, tightened, err := r.caller.Clip(r.spec.Limits)
	if err != nil {
		return err
	}
	r.spec.Limits = limits
	for _, asked := range tightened {
		r.tell.Warn(
			fmt.Errorf(
				"%s is %s here: the cgroup %q around slimrun has no more",
				asked.As,
				asked.Text,
				path.Base(asked.Cgroup),
			),
		)
	}
	if r.spec.Slice == "" {
		r.spec.Slice = r.manager.Slice(r.caller)
	}
	if r.spec.Nest {
		r.spec = r.spec.Nested()
	}
	return nil
}

// findCaller finds where slimrun is, and the run's bounds with it: where a run is
// detached this process is on its way to another cgroup.
func (r *run) findCaller() (err error) {
	switch {
	case r.again:
	case r.spec.Detach:
		r.caller, err = r.manager.CallerOf(os.Getppid())
	default:
		r.caller, err = r.manager.Caller()
	}
	return err
}

// launch is the order of docs/design.md: dial, held child, scope, proof, go.
func (r *run) launch(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	defer r.manager.Close()
	r.trace.mark("manager found")
	ctx, cancel := context.WithTimeout(ctx, jobWithin)
	defer cancel()
	if err := r.dial(ctx); err != nil {
		return err
	}
	r.trace.mark("manager dialled")
	if err := r.confineToCaller(); err != nil {
		return err
	}
	if r.under(r.floor()) { // by now: the caller's may be less than what was asked for
		return r.memoryTooSmall()
	}
	if err := r.hold(); err != nil {
		return err
	}
	r.trace.mark("child cloned")
	if err := r.confine(ctx); err != nil {
		return r.abort(err)
	}
	defer r.watch.Stop()
	return r.attend()
}

// open finds the manager, and waits for a turn at it.
func (r *run) open(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, turnWithin)
	defer cancel()
	open := unit.Open
	if r.spec.Detach && !r.again { // whoever asked for it has the turn
		open = unit.Find
	}
	r.manager, err = open(ctx, r.spec.Kind)
	if !r.spec.BestEffort || err != nil || r.manager.Step() != nil {
		return err
	}
	if step, in := unit.StepHere(); in {
		r.tell.Warn(fmt.Errorf("the run leaves step %s of Slurm's: neither its limits nor its accounting hold it", step))
	}
	return nil
}

// dial connects to the manager: first of all, since systemd takes most of a
// millisecond to answer. Out of sight of it the held child connects, later.
func (r *run) dial(ctx context.Context) error {
	if r.manager.OutOfSight() {
		return nil
	}
	inside, err := r.connect()
	if err != nil {
		return err
	}
	return r.manager.Dial(ctx, inside)
}

// connect opens the manager's socket from inside its PID namespace, nil where it
// can be opened from here.
func (r *run) connect() (*os.File, error) {
	file, err := dial.Inside(r.manager)
	if failure := (*nsinit.Failure)(nil); errors.As(err, &failure) {
		return nil, r.explainStep(failure)
	}
	return file, explainClone(err)
}

// hold clones the child into its namespaces, where it waits.
func (r *run) hold() error {
	parent, err := r.manager.PIDNamespace()
	if err != nil {
		return err
	}
	defer parent.Close() // nil is fine
	gate, err := r.manager.Gate()
	if err != nil {
		return err
	}
	defer gate.Close()
	clone := nsinit.Clone{Flags: r.spec.CloneFlags(), PIDParent: parent, Cgroup: gate, Proc: r.manager.Proc()}
	if r.manager.OutOfSight() {
		clone.Connect, clone.Greeting = r.manager.Inside(), unit.Greeting()
	}
	r.held, err = nsinit.Hold(clone, r.config())
	return explainClone(err)
}

// abort ends a launch that failed: the child first, then what it held.
func (r *run) abort(err error) error {
	end, before := r.diedBefore()
	r.held.Kill()
	if !before {
		end = <-r.held.Done
		before = errors.Is(err, errEnded)
	}
	r.stopBegun()
	if before && end.Status.Signal() == syscall.SIGKILL && r.under(filesFloor()) {
		return r.memoryTooSmall()
	}
	return r.tooSmall(err)
}

// diedBefore says whether the child was dead before it was to end: under a limit
// on memory so small that every step may fail by it, whatever that step says.
func (r *run) diedBefore() (end nsinit.WaitDone, died bool) {
	if !r.under(filesFloor()) {
		return end, false
	}
	select {
	case end = <-r.held.Done:
		return end, true
	case <-time.After(100 * time.Millisecond):
		return end, false
	}
}

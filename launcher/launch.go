package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/dial"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
)

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
		r.tell.Warn(fmt.Errorf("the run leaves step %s of Slurm's: "+
			"neither its limits nor its accounting hold it", step))
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

// redial connects once more.
func (r *run) redial(ctx context.Context) (*unit.Manager, error) {
	inside, err := r.connect()
	if err != nil {
		return nil, err
	}
	return r.manager.Redial(ctx, inside)
}

// hold clones the child into its namespaces, where it waits.
func (r *run) hold() error {
	parent, err := r.manager.PIDNamespace()
	if err != nil {
		return err
	}
	defer parent.Close() // nil is fine
	into, err := r.manager.CloneCgroup()
	if err != nil {
		return err
	}
	defer into.Close()
	clone := nsinit.Clone{Flags: r.spec.CloneFlags(), PIDParent: parent, Cgroup: into, Proc: r.manager.Proc()}
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

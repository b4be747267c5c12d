package launcher

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/slimrun/slimrun/launcher/plan"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
)

// patient outlasts a context by a moment: a process that dies while systemd
// attaches it leaves a scope that was never populated, and stays for good.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(attachWithin, func() { cancel(context.Cause(ctx)) })
	})
	return longer, func() { stop(); cancel(nil) }
}

// startScope takes another generated name when one is taken, and waits for a name that its
// run has just left, and for a slice.
func (r *run) startScope(ctx context.Context, meanwhile func()) error {
	var patience unit.Patience
	for try := 1; ; try++ {
		r.verdict.Unit = r.spec.Name
		if r.spec.Name == "" {
			r.verdict.Unit = spec.GenerateName(r.spec.Argv[0])
		}
		err := r.manager.StartScope(ctx, r.scope(), meanwhile)
		if err == nil {
			return nil
		}
		r.mayHaveBegun(ctx, err)
		r.verdict.Unit = "" // there is none
		err = plan.BlameExtras(r.spec, err)
		switch {
		case errors.Is(err, unit.ErrGoing) && !patience.Ends():
			patience.Wait()
			if err := r.findSlices(ctx); err != nil {
				return err
			}
		case !errors.Is(err, unit.ErrTaken), r.spec.Name == "" && try >= 5:
			return err
		case r.spec.Name == "":
		case patience.Ends(), !r.manager.Deserted(ctx, r.spec.Name):
			return err
		default:
			patience.Wait()
		}
	}
}

// scope is what systemd is asked for.
func (r *run) scope() unit.Scope {
	required, optional := plan.Properties(r.spec)
	scope := unit.Scope{Name: r.verdict.Unit, Properties: required, Optional: optional, Slices: r.slices}
	if !r.manager.OutOfSight() {
		scope.PID = r.held.PID
	}
	if r.spec.Detach && !r.manager.OutOfSight() {
		// Both are stopped in that order: the run's first.
		waiting := plan.WaitingUnit(r.spec.Name, os.Getpid())
		scope.Properties = append(scope.Properties, limit.NewProperty("After", []string{waiting}))
	}
	return scope
}

// mayHaveBegun notes the name of a scope that was asked for on a connection that broke.
// A name that is taken is somebody else's, who may not be in that scope yet.
func (r *run) mayHaveBegun(ctx context.Context, err error) {
	refused := unit.IsRefusal(err) || errors.Is(err, unit.ErrTaken)
	if !refused && !errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		r.begun = r.verdict.Unit
	}
}

// stopBegun: systemd may have made that scope around a child that was dead by then.
// Nobody ever was in it, so it would stay for good.
func (r *run) stopBegun() {
	if r.begun == "" {
		return
	}
	ctx, cancel := r.unlessEnded()
	defer cancel()
	manager, err := r.redial(ctx)
	if err != nil {
		return
	}
	defer manager.Hangup()
	if !manager.Deserted(ctx, r.begun) { // another's, of that name
		return
	}
	if stop, err := manager.Stop(ctx, r.begun); err == nil {
		_ = stop.Wait(ctx)
	}
}

// unlessEnded gives a manager answerWithin, or until a signal ends slimrun's last steps.
func (r *run) unlessEnded() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	came := r.signals.Came
	go func() {
		for {
			if _, any := r.signals.Any(ending()); any {
				cancel()
			}
			select {
			case <-ctx.Done():
				return
			case <-came:
			}
		}
	}()
	return ctx, cancel
}

package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/slimrun/slimrun/launcher/plan"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/problem"
)

// leaveCaller puts the slimrun that waits for a detached run into a scope of its own,
// so that neither a logout nor the end of the caller's service takes it, and the run
// with it. The scopes of both are stopped in that order: the run's first.
func (r *run) leaveCaller(ctx context.Context) error {
	switch {
	case !r.spec.Detach:
		return nil
	case r.manager.OutOfSight():
		r.tell.Warn(fmt.Errorf("%s will end with the run that slimrun is in", r.spec.Name))
		return nil
	}
	r.warnOfLogout()
	r.waiting = plan.WaitingUnit(r.spec.Name, os.Getpid())
	scope := unit.Scope{Name: r.waiting, PID: os.Getpid(), Properties: plan.WaitingProperties(r.spec)}
	if r.manager.Kind == unit.EmbeddedKind {
		// That manager does not see this process. Where the child goes first, this can
		// follow.
		scope.PID = r.held.PID
	}
	if err := r.manager.StartScope(ctx, scope, func() {}); err != nil {
		return err
	}
	r.trace.mark("own scope started")
	return r.manager.Follow(ctx, r.waiting)
}

// warnOfLogout: a user's manager ends with the last session, and all its runs.
func (r *run) warnOfLogout() {
	if host := unit.ThisHost(); r.manager.Kind == unit.UserKind && !host.Lingers() {
		r.tell.Warn(problem.Of(errors.New("the run ends when you log out: your manager does not linger"),
			"`loginctl enable-linger`; as root where that is refused: `loginctl enable-linger "+host.UserName()+"`"))
	}
}

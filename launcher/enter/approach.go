package enter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// approach brings the child to where it may enter the run's cgroup from. Who is not
// root may move a process only below a cgroup that is the user's own, so the user's
// manager is asked for a scope, beside the run's, around the child.
func (e *entry) approach(ctx context.Context, pid int) error {
	m, closed := e.run.Manager, e.door.FromHere()
	switch {
	case closed == nil:
		return nil
	case errors.Is(closed, syscall.EROFS):
		return closed
	case m.Kind != unit.UserKind || m.OutOfSight():
		return problem.Errorf("ask from outside of the run or container that this is",
			"the run's cgroup cannot be entered from here")
	}
	scope := unit.Scope{
		Name: fmt.Sprintf("slimrun-exec-%.200s-%d.scope", e.run.Name, os.Getpid()), PID: pid,
		Properties: []limit.Property{
			limit.NewProperty("Description", "a command in "+e.run.Unit()),
			limit.NewProperty("CollectMode", "inactive-or-failed"),
		},
	}
	return m.StartScope(ctx, scope, func() {})
}

package runs

import (
	"context"
	"errors"
	"fmt"

	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/problem"
)

// Pause freezes the run: systemd does it, the kernel says so.
func (r Run) Pause(ctx context.Context) error {
	return r.freezer(ctx, r.Manager.Freeze, Paused,
		"a process that hangs in the kernel cannot be frozen: look for state D in `ps -eo pid,stat,cmd`")
}

// Resume lets it go on.
func (r Run) Resume(ctx context.Context) error {
	return r.freezer(ctx, r.Manager.Thaw, Running, "it may be that a slice above it is frozen: `systemctl thaw SLICE`")
}

func (r Run) freezer(ctx context.Context, act func(context.Context, string) error, want State, hint string) error {
	err := act(ctx, r.Unit())
	switch {
	case unit.IsGone(err):
		return r.named(ErrEnded)
	case errors.Is(err, context.DeadlineExceeded):
		return problem.Of(r.named(err), hint)
	case err != nil:
		return r.named(err)
	}
	if state := r.Look().State; state != want && state != Stopping {
		return problem.Of(r.named(fmt.Errorf("systemd says that it is done, the kernel that it is %s", state)), hint)
	}
	return nil
}

package unit

import (
	"context"
	"fmt"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/problem"
)

// Follow sees to it that this process is in a scope that was started for it. The
// embedded manager can name no process outside of its PID namespace: there another one
// is in the scope, and this one enters. Errors: it is elsewhere.
func (m *Manager) Follow(ctx context.Context, scope string) error {
	if m.embedded != nil {
		dirs, err := m.Scopes(ctx)
		if err != nil {
			return err
		}
		own, _ := m.CgroupAt(dirs[scope])
		if err := own.Enter(scope); err != nil {
			return err
		}
	}
	own, err := cgroup.Of("self", m.hierarchies)
	if err == nil && !own.IsUnit(scope) {
		err = problem.Errorf("report this: systemd said the job was done",
			"the waiting slimrun is in cgroup %q, not in %s", own.Path, scope)
	}
	if err != nil {
		return fmt.Errorf("leaving the caller's cgroup: %w", err)
	}
	return nil
}

// Lingers says whether the user's manager outlives the user's sessions (logind's
// loginctl(1), enable-linger).
func (h Host) Lingers() bool {
	return h.UID == 0 || h.Has("/var/lib/systemd/linger/"+h.UserName())
}

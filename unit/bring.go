package unit

import (
	"context"
	"fmt"
)

// Bring sees to it that a process of slimrun's is in a scope that was started for it.
// The embedded manager can name no process outside of its PID namespace: there another
// one is in the scope, and this one is brought to it. Errors: it is elsewhere.
func (m *Manager) Bring(ctx context.Context, scope string, pid int) error {
	if m.embedded != nil {
		dirs, err := m.Scopes(ctx)
		if err != nil {
			return err
		}
		own, _ := m.CgroupAt(dirs[scope])
		if err := own.Take(pid, scope); err != nil {
			return err
		}
	}
	if _, err := m.in(scope, pid, "the waiting slimrun"); err != nil {
		return fmt.Errorf("leaving the caller's cgroup: %w", err)
	}
	return nil
}

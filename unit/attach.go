package unit

import (
	"context"
	"fmt"
)

// Attach has systemd move processes into a scope that was started with Delegate=yes:
// from where a user may not move them, a user's manager asks PID 1. Errors: a refusal,
// which leaves all where they were; a process that is gone is one too.
func (m *Manager) Attach(ctx context.Context, scope string, pids []int) error {
	numbers := make([]uint32, len(pids))
	for i, pid := range pids {
		numbers[i] = uint32(pid)
	}
	if _, err := m.call(ctx, ask("AttachProcessesToUnit", scope, "", numbers)); err != nil {
		return fmt.Errorf("moving processes %v into %s: %w", pids, scope, err)
	}
	return nil
}

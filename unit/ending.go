package unit

import (
	"context"
	"fmt"
)

// Ending is why systemd is stopping a scope, its Result: "timeout" where
// RuntimeMaxUSec ran out, "oom-kill" by OOMPolicy, "success" where somebody
// asked; "" for one that is not being stopped. Errors: it is gone, and what was
// read may be of no unit at all.
func (m *Manager) Ending(ctx context.Context, name string) (string, error) {
	if m.step != nil {
		return m.stepEnding(ctx)
	}
	stopping, err := m.stopping(ctx, name)
	if err != nil || !stopping {
		return "", err
	}
	value, err := m.scopeProperty(ctx, name, "Result")
	if err != nil {
		return "", err
	}
	_, err = m.stopping(ctx, name)
	return fmt.Sprint(value), err
}

// stopping says whether systemd is stopping the scope, from its ActiveState.
// Errors: it is gone, and of a unit that is gone systemd says that it is inactive
// and was a success.
func (m *Manager) stopping(ctx context.Context, name string) (bool, error) {
	value, err := m.get(ctx, name, unitIface, "ActiveState")
	if err != nil {
		return false, err
	}
	switch value {
	case "inactive", "failed":
		return false, fmt.Errorf("%s is gone: ActiveState is %q", name, value)
	}
	return value == "deactivating", nil
}

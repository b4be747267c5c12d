package unit

import (
	"context"
	"errors"

	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/wire"
)

// call asks the manager. Errors: its refusal, and its silence with what to do about it.
func (m *Manager) call(ctx context.Context, q wire.Question) ([]any, error) {
	body, err := m.bus.Call(ctx, q)
	return body, m.silence(err)
}

// silence is an error of a manager that does not answer; others stay as they are.
func (m *Manager) silence(err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return problem.Errorf(m.silentHint(), "the %s manager does not answer: %w", m.Kind, err)
}

package unit

import (
	"context"
	"errors"
	"io"
	"syscall"

	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/wire"
)

// call asks the manager. Errors: its refusal; its silence, or that it hung up, with what to
// do about it.
func (m *Manager) call(ctx context.Context, q wire.Question) ([]any, error) {
	body, err := m.bus.Call(ctx, q)
	return body, m.unanswered(err)
}

// unanswered is an error of a manager that does not answer; others stay as they are.
func (m *Manager) unanswered(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return problem.Errorf(m.silentHint(), "the %s manager does not answer: %w", m.Kind, err)
	case IsHungUp(err):
		return problem.Of(err, "try again: a manager that is executed again, or ends, ends its connections")
	}
	return err
}

// IsHungUp says whether an error is the connection's end.
func IsHungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

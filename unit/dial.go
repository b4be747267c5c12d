package unit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/slimrun/slimrun/unit/problem"
)

// Dial connects and greets, or takes a socket on which that was done inside (nil
// for none). It does not wait for a manager's own answer: the first question
// does. In a step there is nobody to be asked. Errors: there is no socket to connect to.
func (m *Manager) Dial(ctx context.Context, inside *os.File) (err error) {
	if m.step != nil {
		return nil
	}
	m.untried, m.failures = m.sockets, nil
	if inside != nil {
		m.untried = nil
		m.bus, err = taken(inside)
		return err
	}
	return m.dialNext(ctx)
}

// dialNext connects to the first socket left that can be connected to.
func (m *Manager) dialNext(ctx context.Context) (err error) {
	for len(m.untried) > 0 {
		next := m.untried[0]
		m.untried = m.untried[1:]
		if m.bus, err = dial(ctx, next); err == nil {
			return nil
		}
		m.failures = append(m.failures, err)
		if ctx.Err() != nil {
			break // the next would only say the same
		}
	}
	return m.Unreachable(errors.Join(m.failures...))
}

// settle waits for the manager's answer to the greeting; where that is a
// refusal, or the end, the sockets left are tried. One that is silent may still
// do what it was asked, and is the same behind each.
func (m *Manager) settle(ctx context.Context) error {
	for {
		err := m.bus.Settle(ctx)
		if err == nil {
			return nil
		}
		m.failures = append(m.failures, fmt.Errorf("talking to %q: %w", m.bus.Path, err))
		if len(m.untried) == 0 || errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return m.Unreachable(errors.Join(m.failures...))
		}
		m.bus.Close()
		if err := m.dialNext(ctx); err != nil {
			return err
		}
	}
}

// Unreachable says what to do where the manager's socket cannot be connected to.
func (m *Manager) Unreachable(err error) error {
	switch {
	case m.Kind == UserKind && errors.Is(err, os.ErrNotExist):
		return noUserManager(os.Geteuid(), err)
	case m.embedded != nil && m.OutOfSight() && hungUp(err):
		return problem.Errorf("start it outside of this PID namespace, or end that manager's runs: "+
			"then the next boots one here",
			"the embedded manager runs beside this PID namespace, and takes nobody whom it does not see")
	case errors.Is(err, context.DeadlineExceeded):
		return m.unanswered(err)
	}
	return problem.Errorf("`slimrun --manager` chooses another: system, user or embedded",
		"the %s manager cannot be reached: %w", m.Kind, err)
}

// hungUp says whether the other end closed the connection, in whichever way it comes: by
// a greeting that it has not read yet, or before there was one.
func hungUp(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF)
}

// Redial is a second connection to the same manager, to be hung up; inside as
// for Dial.
func (m *Manager) Redial(ctx context.Context, inside *os.File) (*Manager, error) {
	again := *m
	again.bus, again.turn, again.alone = nil, turn{}, turn{}
	if err := again.Dial(ctx, inside); err != nil || m.step != nil {
		return &again, err
	}
	return &again, again.settle(ctx)
}

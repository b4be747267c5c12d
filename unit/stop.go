package unit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/slimrun/slimrun/unit/problem"
)

// noSuchUnit is how systemd says that a unit is gone.
const noSuchUnit = "org.freedesktop.systemd1.NoSuchUnit"

// IsGone says whether an error is systemd's word that the unit is not there.
func IsGone(err error) bool {
	var refused dbus.Error
	return errors.As(err, &refused) && refused.Name == noSuchUnit
}

// Stop is a scope that systemd is stopping: SIGTERM, its grace, SIGKILL.
type Stop struct {
	manager *Manager
	unit    string
	job     dbus.ObjectPath // "" where there was nothing left to stop
}

// Grace is the time between the two signals, which a scope has from its start: a
// running one takes no other. A grace that never ends is the longest there is.
func (m *Manager) Grace(ctx context.Context, unit string) (time.Duration, error) {
	value, err := m.scopeProperty(ctx, unit, "TimeoutStopUSec")
	if err != nil {
		return 0, err
	}
	usec, ok := value.(uint64)
	if !ok || usec > uint64(math.MaxInt64/time.Microsecond) {
		return math.MaxInt64, nil
	}
	return time.Duration(usec) * time.Microsecond, nil
}

// Stop asks systemd to stop the scope. Who asks while somebody else's stop is under
// way waits for the same end. Errors: a refusal; a scope that is gone is none.
func (m *Manager) Stop(ctx context.Context, unit string) (Stop, error) {
	s := Stop{manager: m, unit: unit}
	job, err := jobOf(m.call(ctx, ask("StopUnit", unit, "replace")))
	switch {
	case IsGone(err):
		return s, nil
	case err != nil:
		return s, fmt.Errorf("stopping %s: %w", unit, err)
	}
	s.job = job
	return s, nil
}

// Begun waits until systemd has sent SIGTERM: the grace counts from then, and a busy
// systemd takes its time from a job to that. Errors: its silence. What else went wrong
// Wait says.
func (s Stop) Begun(ctx context.Context) error {
	for s.job != "" {
		stopping, err := s.manager.stopping(ctx, s.unit)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("stopping %s: %w", s.unit, s.manager.unanswered(context.Cause(ctx)))
		case stopping, err != nil, s.over(ctx):
			return nil
		}
	}
	return nil
}

// over gives systemd a moment, and says whether the job has ended meanwhile.
func (s Stop) over(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	_, err := s.manager.bus.wait(ctx, s.job)
	return err == nil
}

// Wait waits until nothing of the scope is left. Errors: the deadline, and what
// systemd made of the job.
func (s Stop) Wait(ctx context.Context) error {
	if s.job == "" {
		return nil
	}
	result, err := s.manager.bus.wait(ctx, s.job)
	if err == nil && result == "frozen" {
		result, err = s.thawed(ctx)
	}
	switch {
	case IsHungUp(err):
		return fmt.Errorf("stopping %s: %w", s.unit, s.manager.unanswered(err))
	case err != nil:
		return fmt.Errorf("stopping %s: %w", s.unit, err)
	}
	if result != "done" {
		return problem.Errorf("`slimrun ps` shows what it does now",
			"stopping %s: the job ended with %q, want \"done\"", s.unit, result)
	}
	return nil
}

// thawed stops what systemd will not stop because it is frozen: 257 does not, 252 thaws
// it by itself.
func (s Stop) thawed(ctx context.Context) (result string, err error) {
	if err := s.manager.Thaw(ctx, s.unit); err != nil {
		return "", err
	}
	again, err := s.manager.Stop(ctx, s.unit)
	if err != nil || again.job == "" {
		return "done", err
	}
	return s.manager.bus.wait(ctx, again.job)
}

// Kill ends the grace: systemd sends SIGKILL to all that is left.
func (s Stop) Kill(ctx context.Context) error {
	if err := s.manager.KillScope(ctx, s.unit); err != nil && !IsGone(err) {
		return err
	}
	return nil
}

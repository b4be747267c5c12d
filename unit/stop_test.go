package unit

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slimrun/slimrun/unit/problem"
)

// A grace counts from SIGTERM, which a busy systemd sends some time after it took the job.
func TestStopBegins(t *testing.T) {
	f := newFake(t, nil)
	m := dialFake(t, f)
	var looks atomic.Int32
	f.props = map[string]any{"ActiveState": func() any {
		if looks.Add(1) < 3 {
			return "active"
		}
		return "deactivating"
	}}
	stop, err := m.Stop(within(t, 5*time.Second), "a.scope")
	if err != nil {
		t.Fatal(err)
	}
	if err := stop.Begun(within(t, 5*time.Second)); err != nil {
		t.Error(err)
	}
	if got := looks.Load(); got != 3 {
		t.Errorf("begun at look %d, want 3: systemd was not stopping it before", got)
	}
}

// A job that ends by itself is waited for no longer. Of a systemd that never begins nobody
// may think that it has: what has not got SIGTERM would get SIGKILL.
func TestStopNeverBegins(t *testing.T) {
	f := newFake(t, nil)
	m := dialFake(t, f)
	f.props = map[string]any{"ActiveState": "active"}
	stop, err := m.Stop(within(t, 5*time.Second), "a.scope")
	if err != nil {
		t.Fatal(err)
	}
	if err := stop.Begun(within(t, 50*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) || problem.Remedy(err) == "" {
		t.Errorf("begun: %v, though systemd says that it is active", err)
	}
	f.finish(fakeJob, "a.scope", "frozen")
	if err := stop.Begun(within(t, 5*time.Second)); err != nil {
		t.Errorf("waited for a job that had ended: %v", err)
	}
}

// Row B2: a manager that falls silent in the middle is named, with the remedy.
func TestStopUnanswered(t *testing.T) {
	f := newFake(t, nil)
	m := dialFake(t, f)
	f.props = map[string]any{"TimeoutStopUSec": func() any { <-t.Context().Done(); return uint64(0) }}
	_, err := m.Grace(within(t, 50*time.Millisecond), "a.scope")
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "does not answer") || problem.Remedy(err) == "" {
		t.Errorf("B2: %v, hint %q, want the deadline and a remedy", err, problem.Remedy(err))
	}
}

// Row B13: a manager that is executed again ends its connections: who waits for a stop is told to
// ask again, and can tell that from a refusal.
func TestStopHungUp(t *testing.T) {
	f := newFake(t, nil)
	m := dialFake(t, f)
	stop, err := m.Stop(within(t, 5*time.Second), "a.scope")
	if err != nil {
		t.Fatal(err)
	}
	f.conn.Close()
	err = stop.Wait(within(t, 5*time.Second))
	if !IsHungUp(err) || problem.Remedy(err) == "" {
		t.Errorf("B13: %v, hint %q, want the connection's end and a remedy", err, problem.Remedy(err))
	}
}

// Row P6: a scope is stopped once systemd has heard it; before, the connection is not closed.
func TestStopScopeIsHeard(t *testing.T) {
	f := newFake(t, nil)
	m := dialFake(t, f)
	if err := m.StopScope(within(t, 5*time.Second), "a.scope"); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-f.stopped:
		if want := "a.scope replace"; got != want {
			t.Errorf("StopUnit %q, want %q", got, want)
		}
	default:
		t.Error("it has not been heard")
	}
}

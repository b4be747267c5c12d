package unit

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/slimrun/slimrun/unit/problem"
)

// Row L1: no more launches than turns talk to a manager at a time, and who
// waits gets the first turn that ends.
func TestTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slimrun", "turns")
	var taken []turn
	for range turns {
		taken = append(taken, mustTake(t, path))
	}
	if _, err := takeTurn(within(t, 50*time.Millisecond), path); !errors.Is(err, context.DeadlineExceeded) || problem.Remedy(err) == "" {
		t.Fatalf("L1: a turn too many: %v, hint %q, want the deadline and a remedy", err, problem.Remedy(err))
	}
	time.AfterFunc(50*time.Millisecond, func() {
		for _, t := range taken {
			t.end()
		}
	})
	mustTake(t, path).end()
}

func mustTake(t *testing.T, path string) turn {
	t.Helper()
	taken, err := takeTurn(within(t, 5*time.Second), path)
	if err != nil || taken.file == nil {
		t.Fatalf("turn %v: %v", taken, err)
	}
	return taken
}

// Where no file can be made a run goes on without a turn.
func TestTurnWithoutFile(t *testing.T) {
	for _, path := range []string{"/proc/nowhere/turns", "", t.TempDir()} {
		taken, err := takeTurn(within(t, time.Second), path)
		if err != nil {
			t.Errorf("%q: %v", path, err)
		}
		taken.end()
	}
}

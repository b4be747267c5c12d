package unit

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// Row L1: no more launches than turns talk to a manager at a time, and who
// waits gets the first turn that ends.
func TestTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slimrun", "turns")
	var taken []turn
	for range turns {
		taken = append(taken, mustTake(t, path))
	}
	cancelled, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := takeTurn(cancelled, path); !errors.Is(err, context.Canceled) {
		t.Fatalf("L1: a turn too many: %v, want it to wait until it is cancelled", err)
	}
	time.AfterFunc(50*time.Millisecond, func() {
		for _, t := range taken {
			t.end()
		}
	})
	mustTake(t, path).end()
}

// D5: those whose turn it is are stuck: others go on without, if later on a machine that is
// short of time.
func TestTurnsStuck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slimrun", "turns")
	stuck := mustTake(t, path)
	defer stuck.end()
	moving := mustTake(t, path)
	begun := time.Now()
	without, err := takeTurn(within(t, time.Minute), path)
	if err != nil || without.file != nil || time.Since(begun) > 20*stuckAfter {
		t.Errorf("after %v: turn %v, %v, want to go on without", time.Since(begun), without, err)
	}
	moving.end() // a turn that took long, not for ever
	if other := mustTake(t, path); other.file == nil {
		t.Error("the other turn is not to be had")
	}
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

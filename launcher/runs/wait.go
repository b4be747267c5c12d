package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// Wait waits for a run's end; what comes back is its status. Errors: nobody can know
// that any more.
func (r Run) Wait(ctx context.Context) (int, error) {
	if r.Record == nil {
		return 0, r.waitUnrecorded()
	}
	if err := r.Record.Wait(ctx); err != nil {
		return 0, fmt.Errorf("waiting for %s: %w", r.Name, err)
	}
	var report struct {
		ExitCode *int `json:"exit_code"`
	}
	if json.Unmarshal(r.Record.Report(), &report) != nil || report.ExitCode == nil {
		return 0, fmt.Errorf("%s has ended, and nobody knows how: its slimrun was killed, or the machine went down", r.Name)
	}
	return *report.ExitCode, nil
}

// waitUnrecorded waits for the end of a run in the foreground.
func (r Run) waitUnrecorded() error {
	for _, pid := range r.processes() {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			continue // it has ended
		}
		_, err = linux.EndsWithin(fd, math.MaxInt32*1e6)
		unix.Close(fd)
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", r.Name, err)
		}
	}
	return problem.Errorf("-d runs a command detached: its status is kept",
		"%s has ended; it ran in the foreground, and its status went to its caller", r.Name)
}

// processes are the slimrun that waits for the run, or else all that is in it.
func (r Run) processes() []int {
	if s := r.Look(); s.Launcher > 0 {
		return []int{s.Launcher}
	}
	_, pids := r.Manager.CgroupAt(r.Dir)
	return pids
}

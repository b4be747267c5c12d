package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// Wait waits for a run's end; what comes back is its status. Errors: nobody can know
// that any more.
func (r Run) Wait(ctx context.Context) (int, error) {
	if r.Record == nil {
		return 0, r.waitUnrecorded(ctx)
	}
	if err := r.Record.Wait(ctx); err != nil {
		return 0, fmt.Errorf("waiting for %s: %w", r.Name, err)
	}
	var report struct {
		ExitCode *int `json:"exit_code"`
	}
	known := json.Unmarshal(r.Record.Report(), &report) == nil && report.ExitCode != nil
	switch {
	case !known && r.job() != "":
		return r.jobStatus()
	case !known:
		return 0, fmt.Errorf("%s has ended, and nobody knows how: "+
			"its slimrun was killed, or the machine went down", r.Name)
	}
	return *report.ExitCode, nil
}

// waitUnrecorded waits for the end of a run in the foreground, or of what was adopted.
func (r Run) waitUnrecorded(ctx context.Context) error {
	there, unseen := r.Inhabited(ctx)
	if errors.Is(unseen, cgroup.ErrHidden) {
		return r.named(unseen)
	}
	waiting := r.all()
	if s := r.Look(); s.Launcher > 0 {
		waiting = []int{s.Launcher}
	}
	for len(waiting) > 0 {
		for _, pid := range waiting {
			if err := waitFor(pid); err != nil {
				return fmt.Errorf("waiting for %s: %w", r.Name, err)
			}
		}
		waiting = r.all() // those that were forked meanwhile
	}
	if unseen == nil && there.Init == 0 {
		return fmt.Errorf("%s has ended; it was adopted, and its status went to its parent", r.Name)
	}
	return problem.Errorf("-d runs a command detached: its status is kept",
		"%s has ended; it ran in the foreground, and its status went to its caller", r.Name)
}

// all are those who are in the run, as far as they can be seen from here.
func (r Run) all() []int {
	_, pids := r.Manager.CgroupAt(r.Dir)
	return pids
}

// waitFor waits for the end of a process.
func waitFor(pid int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	_, err = linux.EndsWithin(fd, math.MaxInt32*1e6)
	return err
}

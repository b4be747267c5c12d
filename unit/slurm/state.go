package slurm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// State is a job's, in slurmctld's words: RUNNING, COMPLETING, TIMEOUT, and why.
type State struct{ Job, Reason string }

// Ended says whether slurmctld has the whole of it, and will not change its mind.
func (s State) Ended() bool {
	switch s.Job {
	case "BOOT_FAIL",
		"CANCELLED",
		"COMPLETED",
		"DEADLINE",
		"FAILED",
		"NODE_FAIL",
		"OUT_OF_MEMORY",
		"PREEMPTED",
		"TIMEOUT":
		return true
	}
	return false
}

// OutOfTime says whether the job's time is why it ends, or ended.
func (s State) OutOfTime() bool {
	return s.Job == "TIMEOUT" || s.Job == "COMPLETING" && s.Reason == "TimeLimit"
}

// Status is that of a run whose job has ended so, where that says it for certain.
func (s State) Status() (status int, ok bool) {
	switch {
	case s.Job == "CANCELLED":
		return 128 + 15, true
	case s.OutOfTime():
		return 124, true
	case s.Job == "OUT_OF_MEMORY":
		return 128 + 9, true
	}
	return 0, false
}

// ErrUnknown: slurmctld knows no such job, or no more (MinJobAge, 300 s).
var ErrUnknown = errors.New("it knows no such job")

// Ask asks slurmctld for a job. squeue prints just these two words, where scontrol
// prints the job's name and more that its owner may have made look like others.
// Errors: it does not answer; ErrUnknown.
func Ask(ctx context.Context, job string) (s State, err error) {
	program, err := Program("squeue")
	if err != nil {
		return s, err
	}
	ask := exec.CommandContext(ctx, program, "--noheader", "--states=all", "--jobs="+job, "--format=%T|%r")
	ask.Env = Environment()
	output, err := ask.Output()
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed) && strings.Contains(string(failed.Stderr), "Invalid job id"),
		err == nil && len(output) == 0:
		return s, fmt.Errorf("asking Slurm for job %s: %w", job, ErrUnknown)
	case err != nil:
		return s, fmt.Errorf("asking Slurm for job %s: %w", job, err)
	}
	line := strings.TrimSuffix(string(output), "\n")
	job, reason, ok := strings.Cut(line, "|")
	if !ok || strings.Contains(line, "\n") {
		return s, fmt.Errorf("asking Slurm for its state: squeue says %q, want STATE|REASON", output)
	}
	return State{job, reason}, nil
}

// Ending asks until slurmctld has the whole of a job that is about to end. Errors: as for
// Ask; it does not have it in time.
func Ending(ctx context.Context, job string) (s State, err error) {
	for {
		if s, err = Ask(ctx, job); err != nil || s.Ended() {
			return s, err
		}
		select {
		case <-ctx.Done():
			return s, fmt.Errorf("waiting for the end of job %s, which is %s: %w", job, s.Job, ctx.Err())
		case <-time.After(time.Second / 4):
		}
	}
}

// Environment is what Slurm's programs get of this process's: where the site's
// configuration is. Their own variables (SQUEUE_STATES, SLURM_CLUSTERS) would change
// what they do.
func Environment() []string {
	if conf, ok := os.LookupEnv("SLURM_CONF"); ok {
		return []string{"SLURM_CONF=" + conf}
	}
	return []string{}
}

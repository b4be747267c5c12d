package runs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/slurm"
)

// Queued is a job of Slurm's that waits for a machine.
const Queued State = "queued"

// slurms stands for the manager of a run that is a job of Slurm's.
const slurms = "slurm"

// job is the number of the job that a run is; "" for another.
func (r Run) job() string {
	if r.Manager != nil || r.Record == nil {
		return ""
	}
	return r.Record.Job()
}

// jobState is what the job does that a run is.
func (r Run) jobState() State {
	if r.Record.Runs() {
		return Running
	}
	state, err := r.Record.State()
	switch {
	case !r.Record.Lives():
		return Ended
	case err == nil && state.Job == "PENDING":
		return Queued
	case err == nil && state.Job == "COMPLETING":
		return Stopping
	}
	return Running
}

// jobs are the runs that are jobs which have not ended.
func (r *Reach) jobs() (all []Run) {
	r.openRecords() // All tells what is wrong with them
	for _, kept := range r.records {
		if kept.Job() != "" && kept.Lives() {
			all = append(all, Run{Name: kept.Name, Record: kept})
		}
	}
	return all
}

// FindToStop is Find, of jobs too, and with the records of those that are detached.
func (r *Reach) FindToStop(ctx context.Context, words []string) ([]Run, error) {
	found, err := r.find(ctx, words)
	for i, run := range found {
		for _, kept := range r.records {
			if run.Manager != nil && kept.Name == run.Name && kept.Lives() {
				found[i].Record = kept
			}
		}
	}
	return found, err
}

// here are the runs that are on this machine.
func here(found []Run) (near []Run, err error) {
	problems := []error{}
	for _, run := range found {
		if job := run.job(); job != "" {
			problems = append(problems, problem.Errorf(
				fmt.Sprintf("`slimrun stop %s` ends it; scancel and scontrol reach job %s", run.Name, job),
				"%s is a job of Slurm's, on another machine", run.Name))
			continue
		}
		near = append(near, run)
	}
	return near, errors.Join(problems...)
}

// stopJobWithin is how long a job may take to end: KillWait is 30 s if slurm.conf does not
// say otherwise.
const stopJobWithin = 3 * time.Minute

// stopJob cancels the job, and waits for its end.
func (r Run) stopJob() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopJobWithin)
	defer cancel()
	if err := slurm.Cancel(ctx, r.job()); err != nil {
		return err
	}
	return r.Record.Wait(ctx)
}

// jobStatus is that of a job which ended without a word of slimrun's.
func (r Run) jobStatus() (int, error) {
	state, err := r.Record.State()
	if err != nil {
		return 0, fmt.Errorf("%s has ended without a word of slimrun's: %w", r.Name, err)
	}
	status, ok := state.Status()
	if !ok {
		return 0, fmt.Errorf("%s has ended without a word of slimrun's; Slurm says %s (%s)",
			r.Name, state.Job, state.Reason)
	}
	return status, nil
}

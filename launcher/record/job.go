package record

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/slurm"
)

// jobName is the file with the number of a batch job of Slurm's, where a run is one: it
// lives before any slimrun of its own does.
const jobName = "job"

const (
	// resumeWithin is how long who submits a job may hold its record after it has begun.
	resumeWithin = 30 * time.Second
	// askWithin bounds what slurmctld is asked.
	askWithin = 10 * time.Second
	// askEvery is how often, where somebody waits for a job.
	askEvery = time.Second
)

// Submit begins the record of a run that Slurm has taken as that job, and lets go of it:
// the slimrun of the job resumes it.
func (r *Record) Submit(job string) error {
	defer r.close()
	if err := r.Begin(); err != nil {
		return err
	}
	file, err := openFile(r.dir, jobName, unix.O_WRONLY|fresh)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.WriteString(job + "\n"); err != nil {
		return fmt.Errorf("keeping the job of %s: %w", r.Name, err)
	}
	return nil
}

// Resume takes up the record of a job that has begun. Errors: it is not there, as on a
// node that has other home directories.
func Resume(home *Home, name string) (*Record, error) {
	missing := func(err error) error {
		return problem.Errorf("the home directory must be the same on all machines, or XDG_STATE_HOME a place that is",
			"the record of %s: %w", name, err)
	}
	if home == nil {
		return nil, missing(unix.ENOENT)
	}
	dir, err := openOwn(home.dir, name, false)
	if err != nil {
		return nil, missing(err)
	}
	r := &Record{Name: name, home: home, dir: dir}
	for begin := time.Now(); ; {
		err := r.take()
		if err == nil && !exists(dir, jobName) {
			unlock(r.lock, life)
			err = errLives // it is not let go of yet
		}
		if err == nil {
			break
		}
		if !errors.Is(err, errLives) || time.Since(begin) > resumeWithin {
			r.close()
			return nil, missing(err)
		}
		r.lock.Close()
		time.Sleep(20 * time.Millisecond)
	}
	if r.Log, err = openFile(dir, logName, unix.O_WRONLY|unix.O_APPEND); err == nil {
		r.report, err = openFile(dir, reportName, unix.O_RDWR)
	}
	if err != nil {
		r.close()
		return nil, missing(err)
	}
	return r, nil
}

// Job is the number of the batch job of Slurm's that the run is; "" for another.
func (k *Kept) Job() string {
	content, err := k.read(jobName)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(content), "\n")
}

// State is the job's, in slurmctld's words.
func (k *Kept) State() (slurm.State, error) {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	return slurm.Ask(ctx, k.Job())
}

// waits says whether the run is a job that has not ended. Where slurmctld does not answer it
// may be one.
func (k *Kept) waits() bool {
	if k.Job() == "" || k.Report() != nil {
		return false
	}
	state, err := k.State()
	if err != nil {
		return !errors.Is(err, slurm.ErrUnknown)
	}
	return !state.Ended()
}

// awaitJob waits while the run is a job.
func (k *Kept) awaitJob(ctx context.Context) error {
	for k.Job() != "" && k.Lives() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(askEvery):
		}
	}
	return nil
}

// aJobs is a tick for who follows a job's log: a network's file system tells of no changes.
func (k *Kept) aJobs() (ticks <-chan time.Time, stop func()) {
	if k.Job() == "" {
		return nil, func() {}
	}
	ticker := time.NewTicker(askEvery)
	return ticker.C, ticker.Stop
}

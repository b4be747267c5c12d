package launcher

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// tooSmall explains a launch that the kernel's killer ended.
func (r *run) tooSmall(err error) error {
	var known *nsinit.Failure
	kills := r.cgroup.OOM().Kills
	gone := kills == nil && (errors.Is(err, syscall.ENODEV) || errors.Is(err, os.ErrNotExist) ||
		errors.Is(err, syscall.ESRCH) || errors.Is(err, syscall.EPIPE))
	switch {
	case errors.As(err, &known):
	case kills != nil && *kills > 0, gone && r.under(startFloor):
		return r.memoryTooSmall()
	}
	return err
}

// belowFloor: the init was killed, the cgroup went before its counters could be
// read, and the limit is one under which nothing runs.
func (r *run) belowFloor(end syscall.WaitStatus, floor uint64) bool {
	return r.verdict.OOM.Kills == nil && end.Signal() == syscall.SIGKILL && r.under(floor)
}

func (r *run) under(floor uint64) bool {
	memory := r.memoryLimit()
	return memory.Row != nil && memory.Number() < floor
}

// memoryLimit is the one asked for, or none: its Row is nil.
func (r *run) memoryLimit() (asked limit.Asked) {
	for _, one := range r.spec.Limits {
		if one.Row == limit.Memory {
			asked = one
		}
	}
	return asked
}

// What a run needs at most to start, in bytes: with files to make, which takes a
// Go program, and until its payload has come through its exec. Below that it is up
// to chance (the kernel charges memory by the batch) whether `true` runs, is killed,
// or is never started: there it is refused.
const (
	startFloor = 2 << 20
	execFloor  = 256 << 10
)

// floor is what this run needs.
func (r *run) floor() uint64 {
	if r.spec.Files.Given() {
		return startFloor
	}
	return execFloor
}

func (r *run) memoryTooSmall() error {
	return problem.Of(
		fmt.Errorf("--memory %s is too small for slimrun itself to start the payload", r.memoryLimit().Text),
		"a run itself needs 256K, and 2M where it makes files (--root, --bind, --tmpfs, ...); "+
			"the payload's needs come on top",
	)
}

package launcher

import (
	"errors"
	"fmt"
	"os"
	"runtime"
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
	case kills != nil && *kills > 0: // before the payload was there
		return r.memoryTooSmall()
	case errors.As(err, &known):
	case gone && r.under(filesFloor()):
		return r.memoryTooSmall()
	}
	return err
}

// belowFloor: the init was killed, the cgroup went before its counters could be
// read, and the limit is one under which not every run starts.
func (r *run) belowFloor(end syscall.WaitStatus) bool {
	return r.verdict.OOM.Kills == nil && end.Signal() == syscall.SIGKILL && r.under(filesFloor())
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

// The kernel charges memory by the batch: 64 pages at once, for the CPU that asks
// (MEMCG_CHARGE_BATCH in mm/memcontrol.c, since Linux 6.1; 32 before). What a CPU has
// left of its batch counts for the run after that has gone to another CPU, until that
// one finds the time to give it back. So a limit at which `true` runs on one CPU kills
// it by chance on two.
const (
	batch = 64 // pages
	// visited is on how many CPUs a run may be until its payload has come through its
	// exec: the init where it is cloned, and where it is woken; the payload where it is
	// forked, and where it executes.
	visited = 4
	// filesNeed is what the Go program takes that makes the files of a run.
	filesNeed = 1536 << 10
)

// execFloor is what a run needs at most until its payload has come through its exec:
// one batch, and what other CPUs may keep. Below that it is up to chance whether
// `true` runs, is killed, or is never started: there it is refused.
func execFloor() uint64 {
	return uint64(batch * os.Getpagesize() * min(runtime.NumCPU(), visited))
}

// filesFloor is execFloor for a run with files to make.
func filesFloor() uint64 { return filesNeed + execFloor() }

// floor is what this run needs.
func (r *run) floor() uint64 {
	if r.spec.Files.Given() {
		return filesFloor()
	}
	return execFloor()
}

func (r *run) memoryTooSmall() error {
	return problem.Of(
		fmt.Errorf("--memory %s is too small for slimrun itself to start the payload", r.memoryLimit().Text),
		fmt.Sprintf("a run itself needs %dK here, and %dK where it makes files (--root, --bind, --tmpfs, ...); "+
			"the payload's needs come on top", execFloor()>>10, filesFloor()>>10),
	)
}

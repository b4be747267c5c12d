package remote

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/signals"
	"github.com/slimrun/slimrun/launcher/terminal"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/slurm"
)

// kept are signals that are about this process alone.
var kept = []syscall.Signal{
	syscall.SIGCHLD, syscall.SIGCONT, syscall.SIGPIPE, syscall.SIGURG, syscall.SIGWINCH,
}

// endsWait are those that end a run which is not there yet.
var endsWait = []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM}

// pass has the slimrun on the node pass a signal on to the payload, by scancel: srun's own
// way is to kill by TERM and HUP.
func (r *run) pass(heard signals.Heard) {
	s := heard.Signal
	switch {
	case slices.Contains(kept, s), nsinit.CallerIgnores(s), r.end != nil:
		return
	case terminal.IsStop(s):
		signals.StopSelf(s)
		return
	case r.hello == nil:
		if slices.Contains(endsWait, s) && r.by == 0 {
			r.by = s
			r.cancel()
		}
		return
	case s == syscall.SIGTERM && (r.asked || heard.Times > 1):
		r.cancel()
		return
	case s == syscall.SIGTERM:
		r.asked, r.grace = true, time.After(grace)
		r.expectNotice(r.step())
	}
	for range heard.Times {
		r.order(fmt.Sprintf("--signal=%d", s), r.step())
	}
}

func (r *run) step() string { return r.hello.job + "." + r.hello.step }

// cancel ends the job, or, in somebody's allocation, the step. One that is not known yet
// srun ends by itself.
func (r *run) cancel() {
	r.grace = nil
	if r.overdue == nil {
		r.overdue = time.After(endWithin)
	}
	switch {
	case r.hello == nil:
		r.kill(syscall.SIGTERM)
	case r.within != "":
		r.order(r.step())
	default:
		r.order(r.hello.job)
	}
}

// order queues a call of scancel; with a node that takes none there is no end of signals.
func (r *run) order(args ...string) {
	select {
	case r.orders <- args:
	default:
	}
}

// obey calls scancel, one call after the other.
func (r *run) obey() {
	for args := range r.orders {
		ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
		r.Warn(slurm.Cancel(ctx, args...))
		cancel()
	}
}

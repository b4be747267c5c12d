package launcher

import (
	"math"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/plan"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/limit"
)

// timeIsUp: systemd has begun to stop the scope, and is asked. In a step of Slurm's slimrun
// keeps the time by itself: TERM, the grace, KILL.
func (r *run) timeIsUp() {
	if r.manager.Step() == nil {
		r.stop.ask(r)
		return
	}
	r.stop.known = verdict.Ending{Stopping: true, Timeout: true}
	r.held.Signal(syscall.SIGTERM, 1, false)
	time.AfterFunc(plan.StopWithin, r.held.Kill)
}

// timer tells when systemd should have begun to stop the scope: asking then
// needs no word of an init that may starve. Never without --timeout.
func (r *run) timer() (<-chan time.Time, func() bool) {
	limit, limited := r.timeout()
	if !limited {
		return nil, func() bool { return true }
	}
	if r.manager.Step() == nil {
		limit += 100 * time.Millisecond
	}
	timer := time.NewTimer(limit)
	return timer.C, timer.Stop
}

// timeout is the time that the run has, if it was given one that ends.
func (r *run) timeout() (time.Duration, bool) {
	for _, asked := range r.spec.Limits {
		if asked.Row == limit.Timeout && asked.Number() < uint64(math.MaxInt64)/1000 {
			return time.Duration(asked.Number()) * time.Microsecond, true
		}
	}
	return 0, false
}

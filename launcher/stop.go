package launcher

import (
	"context"
	"errors"
	"math"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/plan"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
)

// stopping is the question to systemd why the scope got SIGTERM. It must be
// asked while the init still holds the scope: afterwards nobody knows. What makes
// it ask may come from a payload, as often as that likes: systemd is asked at most
// once in askEvery.
type stopping struct {
	answers chan verdict.Ending
	due     chan struct{} // time to ask again
	asking  bool
	again   bool // there was reason to ask once more
	asked   time.Time
	known   verdict.Ending
}

// askEvery is the least time between two questions.
const askEvery = time.Second

func newStopping() stopping {
	return stopping{answers: make(chan verdict.Ending, 1), due: make(chan struct{}, 1)}
}

func (s *stopping) ask(r *run) {
	switch rest := askEvery - time.Since(s.asked); {
	case s.known.Stopping:
	case s.asking:
		s.again = true
	case rest > 0:
		if !s.again {
			time.AfterFunc(rest, s.remind)
		}
		s.again = true
	default:
		s.askNow(r)
	}
}

func (s *stopping) remind() {
	select {
	case s.due <- struct{}{}:
	default:
	}
}

func (s *stopping) askNow(r *run) {
	s.asking, s.again, s.asked = true, false, time.Now()
	go func() { s.answers <- r.askEnding() }()
}

func (s *stopping) heard(e verdict.Ending, r *run) {
	s.asking = false
	switch again := s.again; {
	case e.Stopping:
		s.known = e
	case again:
		s.again = false
		s.ask(r)
	default:
		s.known.Unknown = e.Unknown
	}
}

// isDue asks again, if that is still of interest.
func (s *stopping) isDue(r *run) {
	if s.again && !s.asking {
		s.again = false
		s.ask(r)
	}
}

// reason waits for the open question, and for the one that is to be asked: at the
// payload's end that is no longer put off.
func (s *stopping) reason(r *run) verdict.Ending {
	for s.asking || s.again && !s.known.Stopping {
		if !s.asking {
			s.askNow(r)
		}
		s.asking = false
		if e := <-s.answers; e.Stopping || !s.known.Stopping {
			s.known = e
		}
	}
	return s.known
}

// reason is why the payload ended by this status, if systemd has to do with it.
// Where that does not answer, or knows no more, the clock and the kernel do: a
// payload that was ended by a signal when its time was up has run out of it, and
// one that was so after a kill for memory, with an OOMPolicy, fell to that.
func (r *run) reason(status syscall.WaitStatus) verdict.Ending {
	e := r.stop.reason(r)
	by := status.Signal()
	if !e.Unknown || by != syscall.SIGTERM && by != syscall.SIGKILL {
		return e
	}
	limit, limited := r.timeout()
	switch {
	case limited && time.Since(r.entered) >= limit:
		return verdict.Ending{Stopping: true, Timeout: true}
	case r.verdict.KilledForMemory() > 0 && r.endsByOOM():
		return verdict.Ending{Stopping: true, Memory: true}
	}
	return e
}

// endsByOOM says whether a kill for memory is to end the whole run.
func (r *run) endsByOOM() bool {
	for _, asked := range r.spec.Limits {
		if asked.Row == limit.OOM {
			return asked.Text != "continue"
		}
	}
	return false
}

func (r *run) askEnding() verdict.Ending {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	manager, err := r.redial(ctx)
	if err != nil {
		return verdict.Ending{Unknown: true}
	}
	defer manager.Hangup()
	result, err := manager.Ending(ctx, r.verdict.Unit)
	if err != nil {
		return verdict.Ending{Unknown: true}
	}
	return verdict.Ending{Stopping: result != "", Timeout: result == "timeout", Memory: result == "oom-kill"}
}

// mayHaveBegun keeps the name of a scope that was asked for on a connection that broke.
// A name that is taken is somebody else's, who may not be in that scope yet.
func (r *run) mayHaveBegun(ctx context.Context, err error) {
	refused := unit.IsRefusal(err) || errors.Is(err, unit.ErrTaken)
	if !refused && !errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		r.begun = r.verdict.Unit
	}
}

// stopBegun: systemd may have made that scope around a child that was dead by then.
// Nobody ever was in it, so it would stay for good.
func (r *run) stopBegun() {
	if r.begun == "" {
		return
	}
	ctx, cancel := r.unlessEnded()
	defer cancel()
	manager, err := r.redial(ctx)
	if err != nil {
		return
	}
	defer manager.Hangup()
	if !manager.Deserted(ctx, r.begun) { // another's, of that name
		return
	}
	if stop, err := manager.Stop(ctx, r.begun); err == nil {
		_ = stop.Wait(ctx)
	}
}

// unlessEnded gives a manager answerWithin, or until a signal ends slimrun's last steps.
func (r *run) unlessEnded() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	came := r.signals.Came
	go func() {
		for {
			if _, any := r.signals.Any(ending()); any {
				cancel()
			}
			select {
			case <-ctx.Done():
				return
			case <-came:
			}
		}
	}()
	return ctx, cancel
}

// redial connects once more.
func (r *run) redial(ctx context.Context) (*unit.Manager, error) {
	inside, err := r.connect()
	if err != nil {
		return nil, err
	}
	return r.manager.Redial(ctx, inside)
}

// timeUp: systemd has begun to stop the scope, and is asked. In a step of Slurm's slimrun
// keeps the time by itself: TERM, the grace, KILL.
func (r *run) timeUp() {
	if r.manager.Step() == nil {
		r.stop.ask(r)
		return
	}
	r.stop.known = verdict.Ending{Stopping: true, Timeout: true}
	r.held.Signal(syscall.SIGTERM, 1, false)
	time.AfterFunc(plan.StopWithin, r.held.Kill)
}

// timeIsUp tells when systemd should have begun to stop the scope: asking then
// needs no word of an init that may starve. Never without --timeout.
func (r *run) timeIsUp() (<-chan time.Time, func() bool) {
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

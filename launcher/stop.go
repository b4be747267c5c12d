package launcher

import (
	"context"
	"math"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
)

// stopping is the question to systemd why the scope got SIGTERM. It must be
// asked while the init still holds the scope: afterwards nobody knows.
type stopping struct {
	answers chan verdict.Ending
	asking  bool
	again   bool // SIGTERM came once more while the question was open
	known   verdict.Ending
}

func newStopping() stopping { return stopping{answers: make(chan verdict.Ending, 1)} }

func (s *stopping) ask(r *run) {
	if s.asking || s.known.Stopping {
		s.again = true
		return
	}
	s.asking, s.again = true, false
	go func() { s.answers <- r.askEnding() }()
}

func (s *stopping) heard(e verdict.Ending, r *run) {
	s.asking = false
	switch {
	case e.Stopping:
		s.known = e
	case s.again:
		s.ask(r)
	default:
		s.known.Unknown = e.Unknown
	}
}

// reason waits for the open question.
func (s *stopping) reason(r *run) verdict.Ending {
	for s.asking {
		s.heard(<-s.answers, r)
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

// redial connects once more.
func (r *run) redial(ctx context.Context) (*unit.Manager, error) {
	inside, err := r.connect()
	if err != nil {
		return nil, err
	}
	return r.manager.Redial(ctx, inside)
}

// timeIsUp tells when systemd should have begun to stop the scope: asking then
// needs no word of an init that may starve. Never without --timeout.
func (r *run) timeIsUp() (<-chan time.Time, func() bool) {
	limit, limited := r.timeout()
	if !limited {
		return nil, func() bool { return true }
	}
	timer := time.NewTimer(limit + 100*time.Millisecond)
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

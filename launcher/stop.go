package launcher

import (
	"context"
	"math"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/unit"
)

// ending is why systemd is stopping the scope: because its time is up, because
// memory was short (OOMPolicy), or because somebody asked; or systemd gave no
// answer.
type ending struct{ stopping, timeout, memory, unknown bool }

// stopping is the question to systemd why the scope got SIGTERM. It must be
// asked while the init still holds the scope: afterwards nobody knows.
type stopping struct {
	answers chan ending
	asking  bool
	again   bool // SIGTERM came once more while the question was open
	known   ending
}

func newStopping() stopping { return stopping{answers: make(chan ending, 1)} }

func (s *stopping) ask(r *run) {
	if s.asking || s.known.stopping {
		s.again = true
		return
	}
	s.asking, s.again = true, false
	go func() { s.answers <- r.askEnding() }()
}

func (s *stopping) heard(e ending, r *run) {
	s.asking = false
	switch {
	case e.stopping:
		s.known = e
	case s.again:
		s.ask(r)
	default:
		s.known.unknown = e.unknown
	}
}

// reason waits for the open question.
func (s *stopping) reason(r *run) ending {
	for s.asking {
		s.heard(<-s.answers, r)
	}
	return s.known
}

// reason is why the payload ended by this status, if systemd has to do with it.
// Where that does not answer, or knows no more, the clock and the kernel do: a
// payload that was ended by a signal when its time was up has run out of it, and
// one that was so after a kill for memory, with an OOMPolicy, fell to that.
func (r *run) reason(status syscall.WaitStatus) ending {
	e := r.stop.reason(r)
	by := status.Signal()
	if !e.unknown || by != syscall.SIGTERM && by != syscall.SIGKILL {
		return e
	}
	limit, limited := r.timeout()
	switch {
	case limited && time.Since(r.entered) >= limit:
		return ending{stopping: true, timeout: true}
	case r.verdict.KilledForMemory() > 0 && r.endsByOOM():
		return ending{stopping: true, memory: true}
	}
	return e
}

// endsByOOM says whether a kill for memory is to end the whole run.
func (r *run) endsByOOM() bool {
	for _, limit := range r.spec.Limits {
		if limit.Limit.Flag == "oom" {
			return limit.Text != "continue"
		}
	}
	return false
}

func (r *run) askEnding() ending {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	manager, err := r.redial(ctx)
	if err != nil {
		return ending{unknown: true}
	}
	defer manager.Hangup()
	result, err := manager.Ending(ctx, r.verdict.Unit)
	if err != nil {
		return ending{unknown: true}
	}
	return ending{stopping: result != "", timeout: result == "timeout", memory: result == "oom-kill"}
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
	for _, limit := range r.spec.Limits {
		if limit.Limit.Flag == "timeout" && limit.Number() < uint64(math.MaxInt64)/1000 {
			return time.Duration(limit.Number()) * time.Microsecond, true
		}
	}
	return 0, false
}

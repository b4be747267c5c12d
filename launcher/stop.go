package launcher

import (
	"context"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/verdict"
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

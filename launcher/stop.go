package launcher

import (
	"context"
	"math"
	"net"
	"time"

	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
)

// ending is why systemd is stopping the scope: because its time is up, or
// because somebody asked.
type ending struct{ stopping, timeout bool }

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
	if e.stopping {
		s.known = e
	} else if s.again {
		s.ask(r)
	}
}

// reason waits for the open question.
func (s *stopping) reason(r *run) ending {
	for s.asking {
		s.heard(<-s.answers, r)
	}
	return s.known
}

func (r *run) askEnding() (e ending) {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	manager, err := r.redial(ctx)
	if err != nil {
		return e
	}
	defer manager.Hangup()
	if e.stopping, err = manager.Stopping(ctx, r.verdict.Unit); err != nil || !e.stopping {
		return ending{}
	}
	result, err := manager.Ending(ctx, r.verdict.Unit)
	e.timeout = err == nil && result == "timeout"
	return e
}

// redial connects once more, from inside where the manager wants that.
func (r *run) redial(ctx context.Context) (*unit.Manager, error) {
	path := r.manager.Inside()
	if path == "" {
		return r.manager.Redial(ctx, nil)
	}
	parent, err := r.manager.PIDNamespace()
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	file, err := nsinit.Connect(parent, path, unit.Greeting())
	if err != nil {
		return nil, err
	}
	defer file.Close()
	stream, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	return r.manager.Redial(ctx, stream)
}

// timeIsUp tells when systemd should have begun to stop the scope: asking then
// needs no word of an init that may starve. Never without --timeout.
func (r *run) timeIsUp() (<-chan time.Time, func() bool) {
	for _, limit := range r.spec.Limits {
		if limit.Limit.Flag == "timeout" && limit.Number() < uint64(math.MaxInt64)/1000 {
			timer := time.NewTimer(time.Duration(limit.Number())*time.Microsecond + 100*time.Millisecond)
			return timer.C, timer.Stop
		}
	}
	return nil, func() bool { return true }
}

package runs

import (
	"context"
	"errors"
	"fmt"
	"math"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/problem"
)

const (
	// killWithin is how long the kernel takes to end what gets SIGKILL, at most.
	killWithin = 10 * time.Second
	// lastWords is how long the init that outlives the others has to say how they ended,
	// and its slimrun to ask systemd why: afterwards nobody knows.
	lastWords = 3 * time.Second
	// answerWithin is how long a manager may be silent that is to send SIGKILL.
	answerWithin = 5 * time.Second
)

// stop is a run that is being stopped.
type stop struct {
	Run
	unit.Stop
	grace time.Duration
	began time.Time     // the grace
	again *unit.Manager // a second connection, where the manager has ended the first
}

// Stop stops runs, all at the same time, and waits for their ends; grace is the time
// between SIGTERM and SIGKILL, nil for each run's own. The error joins those of all.
func Stop(ctx context.Context, all []Run, grace *time.Duration) error {
	var stopping []*stop
	var problems []error
	for _, run := range all {
		if run.job() != "" {
			problems = append(problems, run.named(run.stopJob()))
			continue
		}
		one, err := run.beginStop(ctx, grace)
		if err != nil {
			problems = append(problems, run.named(err))
			continue
		}
		stopping = append(stopping, one)
	}
	silent := begun(stopping)
	for _, one := range stopping {
		err := silent[one.Manager]
		if err == nil {
			err = one.finish()
		}
		problems = append(problems, one.named(err))
	}
	return errors.Join(problems...)
}

// begun waits until they have got SIGTERM. Of a manager that falls silent meanwhile none
// gets SIGKILL: it may not have sent the other.
func begun(stopping []*stop) map[*unit.Manager]error {
	silent := map[*unit.Manager]error{}
	for _, one := range stopping {
		if silent[one.Manager] != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		silent[one.Manager] = one.Begun(ctx)
		cancel()
		one.began = time.Now()
	}
	return silent
}

func (r Run) beginStop(ctx context.Context, grace *time.Duration) (*stop, error) {
	s := &stop{Run: r}
	own, err := r.Manager.Grace(ctx, r.Unit())
	if err != nil {
		return nil, err
	}
	s.grace = own
	if grace != nil {
		s.grace = *grace
	}
	if s.grace > own {
		return nil, longer(own, s.grace, r.Name)
	}
	r.wake()
	s.Stop, err = r.Manager.Stop(ctx, r.Unit())
	if err != nil && r.Look().State == Paused { // from 257 on systemd does not stop what is frozen
		if err = r.Resume(ctx); err == nil {
			s.Stop, err = r.Manager.Stop(ctx, r.Unit())
		}
	}
	return s, err
}

func longer(own, asked time.Duration, name string) error {
	return problem.Errorf(
		fmt.Sprintf("`slimrun kill -s TERM %s` and `slimrun wait %[1]s` leave it all the time it wants; "+
			"the next time start it with -p TimeoutStopSec=%v", name, asked),
		"--timeout %v: it was started with a grace of %v, and systemd changes that no more", asked, own)
}

// finish waits for the end, and for the slimrun of a detached run to have written it down:
// the name is free then, and can be pruned.
func (s *stop) finish() error {
	defer s.hangup()
	err := s.ended()
	if err == nil && s.Record != nil {
		ctx, cancel := context.WithTimeout(context.Background(), killWithin)
		defer cancel()
		_ = s.Record.Wait(ctx) // the run has ended, whatever became of its slimrun
	}
	return err
}

// ended: what the grace does not end SIGKILL does, first all but the init.
func (s *stop) ended() error {
	err := s.wait(s.began, s.grace)
	switch {
	case !errors.Is(err, context.DeadlineExceeded):
		return err
	case s.killOthers():
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	if err := s.Kill(ctx); err != nil {
		return err
	}
	if err := s.wait(time.Now(), killWithin); err != nil {
		return problem.Of(err, "a process that hangs in the kernel outlives SIGKILL: "+
			"look for state D in `ps -eo pid,stat,cmd`")
	}
	return nil
}

// killOthers says whether that ended the run.
func (s *stop) killOthers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	err := s.SignalAll(ctx, syscall.SIGKILL)
	return (err == nil || errors.Is(err, ErrEnded)) && s.wait(time.Now(), lastWords) == nil
}

// wait waits so long from a moment on, or without bound where systemd does.
func (s *stop) wait(from time.Time, patience time.Duration) error {
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if patience < math.MaxInt64 {
		ctx, cancel = context.WithDeadline(ctx, from.Add(patience))
	}
	defer cancel()
	err := s.Stop.Wait(ctx)
	if unit.IsHungUp(err) {
		err = s.askAgain(ctx, err)
	}
	return err
}

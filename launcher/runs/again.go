package runs

import (
	"context"
	"time"

	"github.com/slimrun/slimrun/launcher/dial"
)

// askAgain is for a manager that was executed again (daemon-reexec) while a run was being
// stopped: it has ended its connections, and goes on with the stop. One that has died takes
// its runs along. The error is that of the connection, where it does not come back.
func (s *stop) askAgain(ctx context.Context, lost error) error {
	soon, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	for soon.Err() == nil {
		if s.Manager.DesertedAt(s.Dir) {
			return nil
		}
		if s.redial(soon) == nil {
			return s.Stop.Wait(ctx)
		}
		time.Sleep(lookAgain)
	}
	return lost
}

// redial asks for the same stop on a new connection.
func (s *stop) redial(ctx context.Context) error {
	s.hangup()
	inside, err := dial.Inside(s.Manager)
	if err != nil {
		return err
	}
	if s.again, err = s.Manager.Redial(ctx, inside); err != nil {
		return err
	}
	s.Stop, err = s.again.Stop(ctx, s.Unit())
	return err
}

func (s *stop) hangup() {
	if s.again != nil {
		s.again.Hangup()
		s.again = nil
	}
}

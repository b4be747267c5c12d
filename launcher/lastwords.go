package launcher

import (
	"context"
	"errors"
	"time"

	"github.com/slimrun/slimrun/launcher/signals"
)

const (
	// lastWordsWithin is long: a person at a pager takes their time.
	lastWordsWithin = 10 * time.Minute
	// lastGrace is what a write has that goes on, when a signal comes.
	lastGrace = 500 * time.Millisecond
)

// LastWords is the time for what slimrun still says and writes when the payload is
// gone, and no signal is passed on any more. Nobody may be reading it: one that ends
// programs ends the wait, and slimrun with the payload's status, also where it came
// while slimrun was still asking systemd.
func LastWords() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	since, ending := signals.SinceOver(), ending()
	go func() {
		look := time.NewTicker(100 * time.Millisecond)
		defer look.Stop()
		end := time.Now().Add(lastWordsWithin)
		for ctx.Err() == nil {
			<-look.C
			if s, came := since.Any(ending); came {
				time.Sleep(lastGrace)
				cancel(errors.New(s.String() + " came meanwhile"))
			} else if time.Now().After(end) {
				cancel(context.DeadlineExceeded)
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}

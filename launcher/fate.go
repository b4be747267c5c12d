package launcher

import (
	"context"
	"slices"
	"sync/atomic"
	"syscall"

	"github.com/slimrun/slimrun/launcher/signals"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
)

// fate is what comes of a launch, whichever comes first: the payload is let go,
// and from then on has its say about signals; or a signal ends the launch, and
// there is no payload.
type fate struct{ atomic.Int32 }

const (
	undecided int32 = iota
	letGo
	ended
)

func (f *fate) decide(what int32) bool { return f.CompareAndSwap(undecided, what) }

// ending are the signals that end a launch, unless the caller ignores them.
func ending() []syscall.Signal {
	return slices.DeleteFunc(signals.Ends(), nsinit.CallerIgnores)
}

// listen takes every signal that can be passed on. Those that end the launch end
// the context, with themselves as the cause.
func (r *run) listen(ctx context.Context) (_ context.Context, err error) {
	ctx, end := context.WithCancelCause(ctx)
	ending := ending()
	r.signals, err = signals.Listen(func(l *signals.Listener) {
		if r.fate.Load() != undecided {
			return
		}
		if s, came := l.Any(ending); came && r.fate.decide(ended) {
			end(verdict.Interrupted{Signal: s})
		}
	})
	return ctx, err
}

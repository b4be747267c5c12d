package manage

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/unit/limit"
)

// Stop is the word `slimrun stop`.
func Stop(c Context) grammar.Word {
	var names []string
	var grace *time.Duration
	return grammar.Word{
		Name:    "stop",
		Help:    "Stop runs: SIGTERM to all that is in them, after a grace SIGKILL; it waits for the end.",
		Example: "slimrun stop web   # all there are: slimrun stop $(slimrun ps -q)",
		Flags: grammar.Flags{{
			Name: "timeout", Short: "t", Placeholder: "TIME", Value: grammar.Read(readGrace(&grace)),
			Help: "The grace, where it is to be shorter than the run's own, which is 10s " +
				"unless it was started with -p TimeoutStopSec=.",
		}},
		Args: runArgs(&names),
		Run: func() int {
			return c.withFound((*runs.Reach).FindToStop, names,
				func(ctx context.Context, meant []runs.Run) error { return runs.Stop(ctx, meant, grace) })
		},
	}
}

// readGrace reads a time that ends.
func readGrace(to **time.Duration) func(string) error {
	return func(text string) error {
		usec, err := limit.ParseDuration(text)
		if err == nil && usec > uint64(math.MaxInt64/time.Microsecond) {
			err = errors.New(`want a time that ends, such as "10s"`)
		}
		span := time.Duration(usec) * time.Microsecond
		*to = &span
		return err
	}
}

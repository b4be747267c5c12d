package manage

import (
	"context"
	"syscall"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/unit/limit"
)

// Kill is the word `slimrun kill`.
func Kill(c Context) grammar.Word {
	var names []string
	var all bool
	signal := syscall.SIGKILL
	return grammar.Word{
		Name:    "kill",
		Help:    "Send the command of runs a signal, SIGKILL unless -s says otherwise.",
		Example: "slimrun kill -s HUP web   # many servers read their configuration again",
		Flags: grammar.Flags{
			{
				Name: "signal", Short: "s", Placeholder: "SIGNAL", Value: grammar.Read(func(text string) (err error) {
					signal, err = limit.ParseSignal(text)
					return err
				}),
				Help: "Such as TERM, SIGUSR1, RTMIN+1 or 15.",
			},
			{Name: "all", Value: grammar.Switch(&all), Help: "To every process of the run, not to the command alone."},
		},
		Args: runArgs(&names),
		Run: func() int {
			return c.eachRun(names, func(ctx context.Context, run runs.Run) error {
				if all {
					return run.SignalAll(ctx, signal)
				}
				return run.Signal(ctx, signal)
			})
		},
	}
}

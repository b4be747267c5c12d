package manage

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/history"
	"github.com/slimrun/slimrun/launcher/verdict"
)

// History is the word `slimrun history`.
func History(c Context) grammar.Word {
	var asJSON, failed bool
	var command []string
	number := 20
	return grammar.Word{
		Name:    "history",
		Help:    "List recorded runs, the newest last; those of COMMAND are all that begin with its words.",
		Example: "slimrun history --failed -- make   # which builds went wrong",
		Flags: grammar.Flags{
			{Name: "json", Value: grammar.Switch(&asJSON), Help: "As JSON, one report a line."},
			{
				Name: "number", Short: "n", Placeholder: "N", Value: grammar.Read(positive(&number)),
				Help: "The last N; 20 if not said.",
			},
			{Name: "failed", Value: grammar.Switch(&failed), Help: "Only those that did not exit with status 0."},
		},
		Payload: &command,
		MayLack: true,
		Run: func() int {
			runs, broken, err := history.Recorded()
			if err != nil {
				return c.Console.Failed(err)
			}
			if broken > 0 {
				c.Console.Warn(fmt.Errorf("broken lines of the history that are left out: %d", broken))
			}
			runs = history.Of(command, runs)
			if failed {
				runs = badly(runs)
			}
			runs = runs[max(0, len(runs)-number):]
			if asJSON {
				return c.Console.Reports(runs)
			}
			return c.Console.History(runs)
		},
	}
}

// badly are the runs that did not end well.
func badly(runs []verdict.Report) (bad []verdict.Report) {
	for _, run := range runs {
		if run.Outcome != verdict.Exited || run.ExitCode != 0 {
			bad = append(bad, run)
		}
	}
	return bad
}

// positive reads a number from 1.
func positive(to *int) func(string) error {
	return func(text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return errors.New("want a number from 1")
		}
		*to = n
		return nil
	}
}

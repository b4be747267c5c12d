package manage

import (
	"context"
	"errors"
	"fmt"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/unit/problem"
)

// Prune is the word `slimrun prune`.
func Prune(c Context) grammar.Word {
	var words []string
	return grammar.Word{
		Name:    "prune",
		Others:  []string{"rm"},
		Help:    "Remove what is kept of ended detached runs, and print their names.",
		Example: "slimrun prune   # of all; slimrun prune web   # of one",
		Args: []grammar.Arg{{
			Placeholder: "RUN", Ended: true, Help: "The runs; all that have ended.",
			Optional: true, Repeated: true, To: &words,
		}},
		Run: func() int {
			pruned, err := prune(words)
			status := c.Console.Names(pruned)
			if err != nil {
				status = c.Console.Failed(err)
			}
			return status
		},
	}
}

// prune removes the records that are meant by words, or all of ended runs. Only who is named is
// missed where it lives.
func prune(words []string) (pruned []string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), runs.Patience)
	defer cancel()
	reach := runs.Open(ctx)
	defer reach.Close()
	found, err := reach.FindRecords(ctx, words)
	problems := []error{err}
	if len(words) == 0 {
		found, err = reach.Records()
		problems = []error{err, reach.Tidy()}
	}
	for _, run := range found {
		removed, err := run.Record.Remove()
		if !removed && err == nil && len(words) > 0 {
			err = problem.Errorf("`slimrun stop "+run.Name+"` ends it", "%s has not ended", run.Name)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("pruning: %w", err))
		}
		if removed {
			pruned = append(pruned, run.Name)
		}
	}
	return pruned, errors.Join(problems...)
}

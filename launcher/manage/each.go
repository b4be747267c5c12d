package manage

import (
	"context"
	"errors"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/runs"
)

// runArgs is where the runs stand that a word is about.
func runArgs(to *[]string) []grammar.Arg {
	return []grammar.Arg{{Placeholder: "RUN", Help: "A run's name, or the beginning of it.", Repeated: true, To: to}}
}

// withRuns does something with the runs that are meant, also where others are not
// found; status 125 where anything went wrong.
func (c Context) withRuns(words []string, do func(context.Context, []runs.Run) error) int {
	return c.withFound((*runs.Reach).Find, words, do)
}

// withFound is withRuns, where it matters which runs are looked among.
func (c Context) withFound(
	find func(*runs.Reach, context.Context, []string) ([]runs.Run, error), words []string,
	do func(context.Context, []runs.Run) error,
) int {
	ctx, cancel := context.WithTimeout(context.Background(), runs.Patience)
	defer cancel()
	reach := runs.Open(ctx)
	defer reach.Close()
	meant, err := find(reach, ctx, words)
	return c.status(errors.Join(err, do(ctx, meant)))
}

// eachRun does something with each of them.
func (c Context) eachRun(words []string, do func(context.Context, runs.Run) error) int {
	return c.withRuns(words, func(ctx context.Context, meant []runs.Run) error {
		problems := make([]error, len(meant))
		for i, run := range meant {
			problems[i] = do(ctx, run)
		}
		return errors.Join(problems...)
	})
}

// status says what went wrong, if anything did.
func (c Context) status(err error) int {
	if err == nil {
		return 0
	}
	return c.Console.Failed(err)
}

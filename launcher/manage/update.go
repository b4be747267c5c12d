package manage

import (
	"context"
	"errors"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// Update is the word `slimrun update`.
func Update(c Context) grammar.Word {
	var names []string
	var force bool
	change := spec.NewChange()
	return grammar.Word{
		Name:    "update",
		Others:  []string{"set-property"},
		Help:    "Change limits of runs, and prove them: all, or none where one does not hold.",
		Example: "slimrun update -m 200M --cpus 0.5 web",
		Flags: append(change.Flags((*limit.Row).Updatable), grammar.Flag{
			Name: "force", Value: grammar.Switch(&force),
			Help: "Also a limit on memory below what is in use: the kernel may have to kill.",
		}),
		Args: runArgs(&names),
		Run: func() int {
			limits, err := change.Limits()
			if err == nil && len(limits) == 0 {
				err = problem.Of(errors.New("no limit is named"), "such as: slimrun update -m 200M "+names[0])
			}
			if err != nil {
				return c.Console.Failed(err)
			}
			return c.eachRun(names, func(ctx context.Context, run runs.Run) error {
				return c.update(ctx, run, limits, force)
			})
		},
	}
}

func (c Context) update(ctx context.Context, run runs.Run, limits []limit.Asked, force bool) error {
	tightened, err := run.Update(ctx, limits, force)
	for _, bound := range tightened {
		c.Console.Warn(bound.Tightened())
	}
	return err
}

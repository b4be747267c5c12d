package manage

import (
	"context"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/runs"
)

// Wait is the word `slimrun wait`.
func Wait(c Context) grammar.Word {
	var words []string
	return grammar.Word{
		Name:    "wait",
		Help:    "Wait for the end of runs; the status is that of the last one named, 125 where nobody can know it.",
		Example: "slimrun wait build && slimrun logs -n 1 build   # as soon as it has succeeded",
		Args:    []grammar.Arg{{Placeholder: "RUN", Ended: true, Help: "The runs.", Repeated: true, To: &words}},
		Run: func() int {
			found, closeAll, err := find(words)
			defer closeAll()
			if err != nil {
				return c.Console.Failed(err)
			}
			status := 0
			for _, run := range found {
				if status, err = run.Wait(context.Background()); err != nil {
					status = c.Console.Failed(err)
				}
			}
			return status
		},
	}
}

// find finds runs, those too that have ended.
func find(words []string) (found []runs.Run, closeAll func(), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), runs.Patience)
	defer cancel()
	reach := runs.Open(ctx)
	found, err = reach.FindAll(ctx, words)
	return found, reach.Close, err
}

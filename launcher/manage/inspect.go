package manage

import (
	"context"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/runs"
)

// Inspect is the word `slimrun inspect`.
func Inspect(c Context) grammar.Word {
	var asLines bool
	var words []string
	return grammar.Word{
		Name:   "inspect",
		Others: []string{"show", "status"},
		Help: "Show the report of runs as it would be now, and what they were started with; " +
			"of a detached run that has ended, its report.",
		Example: "slimrun inspect web | jq '.limits[] | select(.changed)'   # what somebody has changed",
		Flags:   grammar.Flags{{Name: "json", Value: grammar.Switch(&asLines), Help: "One object a line."}},
		Args:    []grammar.Arg{{Placeholder: "RUN", Ended: true, Help: "The runs.", Repeated: true, To: &words}},
		Run: func() int {
			found, closeAll, err := find(words)
			defer closeAll()
			if err != nil {
				return c.Console.Failed(err)
			}
			status := 0
			for _, run := range found {
				if err := inspect(c, run, asLines); err != nil {
					status = c.Console.Failed(err)
				}
			}
			return status
		},
	}
}

func inspect(c Context, run runs.Run, asLine bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), runs.Patience)
	defer cancel()
	report, err := run.Inspect(ctx)
	if err != nil {
		return err
	}
	return c.Console.JSON(report, asLine)
}

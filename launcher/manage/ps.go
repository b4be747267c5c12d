package manage

import (
	"context"
	"time"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/runs"
)

// PS is the word `slimrun ps`.
func PS(c Context) grammar.Word {
	var asJSON, names bool
	return grammar.Word{
		Name:    "ps",
		Help:    "List the runs there are: state, since when, memory and tasks against their limits, CPU.",
		Example: "slimrun ps --json | jq -r 'select(.oom.kills > 0).name'   # whose memory was short",
		Flags: grammar.Flags{
			{Name: "json", Value: grammar.Switch(&asJSON), Help: "As JSON, one object a line."},
			{Name: "quiet", Short: "q", Value: grammar.Switch(&names), Help: "Names alone."},
		},
		Run: func() int {
			ctx, cancel := context.WithTimeout(context.Background(), runs.Patience)
			defer cancel()
			listed, err := list(ctx)
			c.Console.Warn(err)
			switch {
			case names:
				return c.Console.Names(listed)
			case asJSON:
				return c.Console.Entries(listed)
			}
			return c.Console.Runs(listed, time.Now())
		},
	}
}

// list is every run, the newest first.
func list(ctx context.Context) (entries []runs.Entry, err error) {
	reach := runs.Open(ctx)
	defer reach.Close()
	all, err := reach.List(ctx)
	now := time.Now()
	for _, run := range all {
		entries = append(entries, run.Entry(now))
	}
	runs.Sort(entries)
	return entries, err
}

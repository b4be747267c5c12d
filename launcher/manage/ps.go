package manage

import (
	"context"
	"time"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/runs"
)

// PS is the word `slimrun ps`.
func PS(c Context) grammar.Word {
	var asJSON, names, all bool
	return grammar.Word{
		Name:    "ps",
		Others:  []string{"ls", "list"},
		Help:    "List the runs there are: state, since when, memory and tasks against their limits, CPU.",
		Example: "slimrun ps --json | jq -r 'select(.oom.kills > 0).name'   # whose memory was short",
		Flags: grammar.Flags{
			{Name: "all", Short: "a", Value: grammar.Switch(&all), Help: "Detached runs too that have ended, and how."},
			{Name: "json", Value: grammar.Switch(&asJSON), Help: "As JSON, one object a line."},
			{Name: "quiet", Short: "q", Value: grammar.Switch(&names), Help: "Names alone."},
		},
		Run: func() int {
			ctx, cancel := context.WithTimeout(context.Background(), runs.Patience)
			defer cancel()
			listed, err := list(ctx, all)
			c.Console.Warn(err)
			switch {
			case names:
				return c.Console.Names(runs.Names(listed))
			case asJSON:
				return c.Console.Entries(listed)
			}
			return c.Console.Runs(listed, time.Now())
		},
	}
}

// list is every run, the newest first; all are those too that have ended.
func list(ctx context.Context, all bool) (entries []runs.Entry, err error) {
	reach := runs.Open(ctx)
	defer reach.Close()
	find := reach.List
	if all {
		find = reach.All
	}
	found, err := find(ctx)
	now := time.Now()
	for _, run := range found {
		entries = append(entries, run.Entry(now))
	}
	runs.Sort(entries)
	return entries, err
}

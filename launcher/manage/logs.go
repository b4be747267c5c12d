package manage

import (
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/record"
	"github.com/slimrun/slimrun/launcher/runs"
)

// Logs is the word `slimrun logs`.
func Logs(c Context) grammar.Word {
	var follow bool
	lines := -1
	var run []string
	return grammar.Word{
		Name:    "logs",
		Help:    "Show what a detached run has written, stdout and stderr in their order.",
		Example: "slimrun logs -fn 10 web   # the last ten lines, and what comes",
		Flags: grammar.Flags{
			{
				Name: "follow", Short: "f", Value: grammar.Switch(&follow),
				Help: "Go on with what it writes, until it ends.",
			},
			{
				Name: "lines", Short: "n", Placeholder: "N", Value: grammar.Read(count(&lines)),
				Help: "Of what there is the last lines alone.",
			},
		},
		Args: []grammar.Arg{{Placeholder: "RUN", Ended: true, Help: "The run.", To: &run}},
		Run: func() int {
			if err := showLog(c, run[0], lines, follow); err != nil {
				return c.Console.Failed(err)
			}
			return 0
		},
	}
}

// showLog prints a log: all of it, or the last lines where lines is not negative.
func showLog(c Context, word string, lines int, follow bool) error {
	kept, closeAll, err := findRecord(word)
	defer closeAll()
	if err != nil {
		return err
	}
	log, err := kept.Log()
	if err != nil {
		return err
	}
	defer log.Close()
	if lines >= 0 {
		begin, err := record.Last(log, lines)
		if err == nil {
			_, err = log.Seek(begin, io.SeekStart)
		}
		if err != nil {
			return err
		}
	}
	if follow {
		err = kept.Follow(context.Background(), log, c.Console.Out)
	} else {
		_, err = io.Copy(c.Console.Out, log)
	}
	if err == nil {
		c.Console.Warn(kept.LogProblem())
	}
	return err
}

// findRecord finds the record of one run.
func findRecord(word string) (kept *record.Kept, closeAll func(), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), runs.Patience)
	defer cancel()
	reach := runs.Open(ctx)
	found, err := reach.FindRecords(ctx, []string{word})
	if err != nil {
		return nil, reach.Close, err
	}
	return found[0].Record, reach.Close, nil
}

// count reads a number of lines.
func count(to *int) func(string) error {
	return func(text string) (err error) {
		*to, err = strconv.Atoi(text)
		if err != nil || *to < 0 {
			return errors.New("want a number of lines")
		}
		return nil
	}
}

package manage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/history"
	"github.com/slimrun/slimrun/launcher/plot"
	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/problem"
)

// Plot is the word `slimrun plot`.
func Plot(c Context) grammar.Word {
	var name []string
	return grammar.Word{
		Name: "plot",
		Help: "Draw a run that has ended as SVG, on stdout, one that was recorded (--record) or detached " +
			"with --plot; RUN is its name, or the beginning of it, or of its digits.",
		Example: "slimrun plot build >build.svg",
		Args: []grammar.Arg{
			{Placeholder: "RUN", Help: "A run that has ended; of several by that name the last.", To: &name},
		},
		Run: func() int {
			all, err := ended(c.Console)
			if err != nil {
				return c.Console.Failed(err)
			}
			run, err := lastNamed(all, name[0])
			if err == nil && len(run.Samples) == 0 {
				err = problem.Errorf("the next time start it with --record or --plot",
					"nothing looked at %s while it ran", run.Name)
			}
			if err != nil {
				return c.Console.Failed(err)
			}
			return c.Console.Script(string(plot.SVG(run, run.Samples)))
		},
	}
}

// ended are the runs that were recorded, and detached ones, the oldest first.
func ended(out console.Console) ([]verdict.Report, error) {
	recorded, _, err := history.Recorded()
	if err != nil {
		return nil, err
	}
	detached, err := runs.Reports()
	out.Warn(err)
	all := append(detached, recorded...) // of one that is both the line of the history
	slices.SortStableFunc(all, func(a, b verdict.Report) int { return strings.Compare(a.Started, b.Started) })
	return all, nil
}

// lastNamed is the last run of that name, or the only one whose name, or
// whose generated digits, begin so.
func lastNamed(all []verdict.Report, name string) (run verdict.Report, err error) {
	wanted := strings.TrimSuffix(name, ".scope")
	begin := map[string]verdict.Report{}
	for i := len(all) - 1; i >= 0; i-- {
		run := all[i]
		digits := run.Name[strings.LastIndex(run.Name, "-")+1:]
		switch {
		case run.Name == wanted:
			return run, nil
		case strings.HasPrefix(run.Name, wanted), len(digits) == 16 && strings.HasPrefix(digits, wanted):
			if _, newer := begin[run.Name]; !newer {
				begin[run.Name] = run
			}
		}
	}
	switch len(begin) {
	case 0:
		return run, problem.Errorf("slimrun history --json lists their names; a run is recorded with --record",
			"%q: no run of that name has ended and is recorded", name)
	case 1:
		for _, run = range begin {
		}
		return run, nil
	}
	return run, problem.Errorf("slimrun history --json lists their names", "%q: %s", name, several(len(begin)))
}

func several(n int) string { return fmt.Sprintf("%d runs begin so", n) }

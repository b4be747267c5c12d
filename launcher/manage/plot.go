package manage

import (
	"fmt"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/plot"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/problem"
)

// Plot is the word `slimrun plot`.
func Plot(c Context) grammar.Word {
	var name []string
	return grammar.Word{
		Name:    "plot",
		Help:    "Draw a recorded run as SVG, on stdout; RUN is its name, or the beginning of it, or of its digits.",
		Example: "slimrun plot build >build.svg",
		Args:    []grammar.Arg{{Placeholder: "RUN", Help: "A recorded run; of several by that name the last.", To: &name}},
		Run: func() int {
			runs, _, err := remembered()
			if err != nil {
				return c.Console.Failed(err)
			}
			run, err := lastNamed(runs, name[0])
			if err != nil {
				return c.Console.Failed(err)
			}
			return c.Console.Script(string(plot.SVG(run, run.Samples)))
		},
	}
}

// lastNamed is the last recorded run of that name, or the only one whose name, or
// whose generated digits, begin so.
func lastNamed(runs []verdict.Report, name string) (run verdict.Report, err error) {
	wanted := strings.TrimSuffix(name, ".scope")
	begin := map[string]verdict.Report{}
	for i := len(runs) - 1; i >= 0; i-- {
		run := runs[i]
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
		return run, problem.Errorf("slimrun history --json lists their names; a run is recorded with --record", "%q: no run of that name is recorded", name)
	case 1:
		for _, run = range begin {
		}
		return run, nil
	}
	return run, problem.Errorf("slimrun history --json lists their names", "%q: %s", name, several(len(begin)))
}

func several(n int) string { return fmt.Sprintf("%d recorded runs begin so", n) }

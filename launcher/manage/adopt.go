package manage

import (
	"errors"
	"os"

	"github.com/slimrun/slimrun/launcher/adopt"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
)

// Adopt is the word `slimrun adopt`.
func Adopt(c Context) grammar.Word {
	var words []string
	change := spec.NewChange()
	every := func(*limit.Row) bool { return true }
	return grammar.Word{
		Name:    "adopt",
		Help:    "Put running processes under proven limits, their descendants too; the run's name is printed.",
		Example: "slimrun adopt -m 500M --cpus 1 $(pgrep -o make)",
		Flags: append(change.Flags(every), grammar.Flag{
			Name: "name", Placeholder: "NAME", Value: grammar.Read(change.SetName), Help: "The run's name.",
		}),
		Args: []grammar.Arg{{Placeholder: "PID", Help: "A process.", Repeated: true, To: &words}},
		Run: func() int {
			pids, err1 := adopt.ParsePIDs(words)
			limits, err2 := change.Started()
			if err := errors.Join(err1, err2); err != nil {
				return c.Console.Failed(err)
			}
			done, err := adopt.Adopt(adopt.Request{
				PIDs: pids, Limits: limits, Name: change.Name, Kind: unit.DefaultKind(os.Geteuid()),
			}, c.Console.Warn)
			return c.Console.Adopted(done.Name, done.Processes, done.Resident, err)
		},
	}
}

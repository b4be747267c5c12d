package spec

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/unit/problem"
)

// detachedFlags are about a run that outlives whoever started it.
func (d *Draft) detachedFlags() grammar.Flags {
	const group = "Detached"
	s := &d.spec
	return grammar.Flags{
		{
			Name: "detach", Short: "d", Group: group, Value: grammar.Switch(&s.Detach),
			Help: "Leave the run alone once the command is executed, and print its name: " +
				"see ps, logs, wait, inspect, prune.",
		},
		{
			Name: "rm", Group: group, Value: grammar.Switch(&s.Remove),
			Help: "Keep nothing of a detached run when it has ended.",
		},
		{
			Name: "stdin", Group: group, Placeholder: "FILE", Value: grammar.Read(d.setStdin),
			Help: "What a detached run reads; else it finds the end at once.",
		},
	}
}

func (d *Draft) setStdin(name string) error {
	d.spec.Stdin = name
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("want a file that can be read, not a directory")
	}
	return nil
}

// finishDetached refuses what only a run in the foreground can have.
func (d *Draft) finishDetached() error {
	s := &d.spec
	switch {
	case s.Stdin != "" && !s.Detach:
		return problem.Of(errors.New("--stdin: a run in the foreground reads what its caller has"),
			"write <"+s.Stdin+", or add --detach")
	case s.Detach && s.PrivateTTY:
		return errors.New("--private-tty: a detached run has no terminal: drop one of the two")
	case s.Detach && slices.Contains([]string{"-", "fd:0", "fd:1", "fd:2"}, s.Report):
		return problem.Of(fmt.Errorf("--report %s: a detached run has no standard files but its log", s.Report),
			"drop it: `slimrun inspect NAME` shows the report")
	}
	return nil
}

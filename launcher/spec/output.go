package spec

import (
	"errors"
	"strconv"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
)

// outputFlags are about what slimrun itself reads and says.
func (d *Draft) outputFlags() grammar.Flags {
	const group = "Words"
	s := &d.spec
	return grammar.Flags{
		{
			Name: "profile", Group: group, Placeholder: "PROFILE", Value: grammar.Profile(),
			Help: "Take flags from the file of that name in ~/.config/slimrun/profiles or /etc/slimrun/profiles; " +
				"flags and variables beat it.",
		},
		{
			Name: "report", Group: group, Placeholder: "PATH|-|fd:N", Value: grammar.Read(d.setReport),
			Help: "Write the verdict as JSON, to what is opened before the run.",
		},
		{
			Name: "summary", Group: group, Value: grammar.Switch(&s.Summary),
			Help: "Say at the end what the run took.",
		},
		{
			Name: "record", Group: group, Value: grammar.Switch(&s.Record),
			Help: "Add the run to the history, from which `slimrun suggest` and --memory auto come; " +
				"its memory is looked at meanwhile.",
		},
		{
			Name: "plot", Group: group, Placeholder: "FILE.svg", Value: grammar.Text(&s.Plot),
			Help: "Draw the run at its end: memory against its limit, CPU, pressure; it is looked at meanwhile.",
		},
		{
			Name: "dry-run", Group: group, Value: grammar.Switch(&s.DryRun),
			Help: "Show what systemd would be asked for, and run nothing.",
		},
		{
			Name: "quiet", Short: "q", Group: group, Value: grammar.Switch(&s.Quiet), Typed: &d.typedQuiet,
			Help: "Say nothing but errors.",
		},
		{
			Name: "verbose", Short: "v", Group: group, Value: grammar.Switch(&s.Verbose),
			Help: "Say what is done.",
		},
		{
			Name: "version", Group: group, Value: grammar.Version(),
			Help: "Show the version.",
		},
		{
			Name: "help", Short: "h", Group: group, Value: grammar.Help(),
			Help: "Show this help.",
		},
	}
}

func (d *Draft) setReport(target string) error {
	if number, isFD := strings.CutPrefix(target, "fd:"); isFD {
		if fd, err := strconv.Atoi(number); err != nil || fd < 0 || !isOpen(fd) {
			return errors.New(`want the number of an open file descriptor, such as "fd:3"`)
		}
	}
	d.spec.Report = target
	return nil
}

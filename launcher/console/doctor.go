package console

import (
	"fmt"
	"strings"

	"github.com/slimrun/slimrun/launcher/doctor"
	"github.com/slimrun/slimrun/launcher/verdict"
)

// Checkup prints what works here and what does not, on stdout: it was asked
// for. It is the exit status.
func (c Console) Checkup(checkup doctor.Checkup, asJSON bool) int {
	if !asJSON {
		c.checks(checkup)
	} else if err := checkup.WriteJSON(c.Out); err != nil {
		c.Error(err)
		return verdict.StatusFailed
	}
	return checkup.Status()
}

func (c Console) checks(checkup doctor.Checkup) {
	width := 0
	for _, check := range checkup.Checks {
		width = max(width, len(check.Name))
	}
	for _, check := range checkup.Checks {
		fmt.Fprintf(c.Out, "%-8s %-*s  %s\n", check.State, width, check.Name, check.Found)
		if check.Remedy != "" {
			fmt.Fprintf(c.Out, "%s  hint: %s\n", strings.Repeat(" ", width+9), check.Remedy)
		}
	}
	fmt.Fprintln(c.Out)
	fmt.Fprintln(c.Out, judgement(checkup))
}

func judgement(checkup doctor.Checkup) string {
	if checkup.Works {
		return "slimrun works here for " + checkup.User + ": a run has been seen to keep its memory limit"
	}
	return "slimrun does not work here for " + checkup.User + ": what is broken above says why"
}

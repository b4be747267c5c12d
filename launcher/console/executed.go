package console

import (
	"syscall"

	"github.com/slimrun/slimrun/launcher/verdict"
)

// Executed says why a command ended that was executed in a run, where that is worth a
// word, and is the exit status.
func (c Console) Executed(v verdict.Verdict) int {
	switch killed := v.Signal == syscall.SIGKILL; {
	case v.Err != nil:
		c.Error(v.Err)
	case killed && v.Unit != "":
		c.say("%s was killed as %s ended", v.Command[0], v.Unit)
	case killed && v.KilledForMemory() > 0:
		c.say("%s was killed for memory, by the limits of the run that it was executed in", v.Command[0])
	}
	return v.Status
}

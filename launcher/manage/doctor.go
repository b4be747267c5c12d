package manage

import (
	"github.com/slimrun/slimrun/launcher/doctor"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/version"
)

// Doctor is the word `slimrun doctor`.
func Doctor(c Context) grammar.Word {
	var asJSON bool
	return grammar.Word{
		Name:    "doctor",
		Help:    "Say what works here for this user, and how to mend what does not; status 0 if runs work.",
		Example: "slimrun doctor --json   # for scripts",
		Flags:   grammar.Flags{{Name: "json", Value: grammar.Switch(&asJSON), Help: "As JSON."}},
		Run:     func() int { return c.Console.Checkup(doctor.Examine(version.String(), c.Run), asJSON) },
	}
}

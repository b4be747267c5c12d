package manage

import (
	"errors"
	"fmt"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/history"
	"github.com/slimrun/slimrun/launcher/sizing"
	"github.com/slimrun/slimrun/unit/problem"
)

// Suggest is the word `slimrun suggest`.
func Suggest(c Context) grammar.Word {
	var asJSON bool
	var command []string
	return grammar.Word{
		Name: "suggest",
		Help: "Say what limits recorded runs speak for, those of COMMAND: all that begin with its words; " +
			"status 125 if they are too few.",
		Example: "slimrun suggest -- sort big.txt   # after three runs with --record",
		Flags:   grammar.Flags{{Name: "json", Value: grammar.Switch(&asJSON), Help: "As JSON."}},
		Payload: &command,
		Run: func() int {
			if len(command) == 0 {
				return c.Console.Failed(problem.Of(errors.New("no command"), "slimrun suggest -- COMMAND [ARG...]"))
			}
			runs, _, err := history.Recorded()
			if err != nil {
				return c.Console.Failed(err)
			}
			suggested, err := sizing.Of(history.Of(command, runs))
			if err != nil {
				return c.Console.Failed(fmt.Errorf("%s: %w", console.QuoteAll(command), err))
			}
			return c.Console.Suggestion(command, suggested, asJSON)
		},
	}
}

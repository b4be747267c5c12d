package manage

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/slimrun/slimrun/launcher/enter"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/nsinit"
)

// Exec is the word `slimrun exec`.
func Exec(c Context) grammar.Word {
	var names []string
	var asked enter.Request
	return grammar.Word{
		Name:    "exec",
		Help:    "Execute a command in a run: under its limits, with what the run's own command has, and no more.",
		Example: "slimrun exec web -- bash   # a shell in there",
		Flags: grammar.Flags{
			{
				Name: "user", Short: "u", Placeholder: "USER[:GROUP]", Value: grammar.Text(&asked.User),
				Help: "Run as this user of the run's /etc/passwd, or number; only who the run's command could become.",
			},
			{
				Name: "workdir", Short: "w", Placeholder: "DIR", Value: grammar.Text(&asked.Dir),
				Help: "Working directory, instead of that of the run's command.",
			},
			{
				Name: "env", Short: "e", Placeholder: "NAME=VALUE", Value: grammar.Each(addVariable(&asked.Env)),
				Help: "Set a variable, over those that the run's command was started with; " +
					"NAME alone passes the caller's on; repeatable.",
			},
		},
		Args:    []grammar.Arg{{Placeholder: "RUN", Help: "A run's name, or the beginning of it.", To: &names}},
		Payload: &asked.Argv,
		Run:     func() int { return c.exec(names, asked) },
	}
}

func addVariable(to *[]string) func(string) error {
	return func(assignment string) error {
		if assignment == "" || assignment[0] == '=' {
			return errors.New("want NAME=VALUE")
		}
		*to = append(*to, assignment)
		return nil
	}
}

// exec's status is the command's, as that of a run is.
func (c Context) exec(names []string, asked enter.Request) int {
	if len(asked.Argv) == 0 {
		return c.Console.Failed(fmt.Errorf("no command: want slimrun exec [flags] %s -- COMMAND [ARG...]", names[0]))
	}
	ctx, cancel := context.WithTimeout(context.Background(), runs.Patience)
	defer cancel()
	reach := runs.Open(ctx)
	hangup := sync.OnceFunc(reach.Close)
	defer hangup()
	meant, err := reach.Find(ctx, names)
	if err != nil {
		return c.Console.Failed(err)
	}
	v := enter.Exec(ctx, meant[0], asked, hangup)
	if failure := (*nsinit.Failure)(nil); errors.As(v.Err, &failure) {
		v.Fail(c.Explain(failure))
	}
	return c.Console.Executed(v)
}

package spec

import (
	"cmp"
	"errors"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/unit/limit"
)

// limitFlags are made from the table of limits: a limit that has a row there
// has its flag.
func (d *Draft) limitFlags() grammar.Flags {
	return LimitFlags(limit.Rows, d.askAs)
}

// LimitFlags makes flags of rows; ask gets what is asked for.
func LimitFlags(rows []*limit.Row, ask func(row *limit.Row, name, text string)) grammar.Flags {
	flags := make(grammar.Flags, len(rows))
	for i, row := range rows {
		flags[i] = grammar.Flag{
			Name: row.Flag, Aliases: row.Aliases, Short: row.Short, Group: row.Group,
			Placeholder: row.Placeholder, Help: row.Help,
		}
		if row.Repeatable {
			flags[i].Value = grammar.All(func(name string, values []string) error {
				ask(row, name, strings.Join(values, "\n"))
				return nil
			})
		} else {
			flags[i].Value = grammar.Last(func(name, text string) error { ask(row, name, text); return nil })
		}
	}
	return flags
}

// Ask asks for a limit, in the words of its flag.
func (d *Draft) Ask(row *limit.Row, text string) { d.askAs(row, row.Flag, text) }

func (d *Draft) askAs(row *limit.Row, name, text string) {
	d.limits[row], d.names[row] = text, name
}

// finishLimits reads the limits in the table's order, and what they imply:
// memory alone means memory, so swap is 0; and the kernel kills alone.
func (d *Draft) finishLimits() error {
	given, err := limit.Resolve(d.limits)
	problems := []error{err}
	asked := map[*limit.Row]limit.Asked{}
	for _, row := range limit.Rows {
		if text, ok := given[row]; ok {
			one, err := row.AskAs(cmp.Or(d.names[row], row.Flag), text)
			problems = append(problems, err)
			asked[row] = one
		}
	}
	problems = append(problems, d.finishProperties(asked))
	if err := errors.Join(problems...); err != nil {
		return err
	}
	imply(asked)
	d.spec.Limits = inOrder(asked)
	return nil
}

// finishProperties reads -p: a limit there beats its flag.
func (d *Draft) finishProperties(asked map[*limit.Row]limit.Asked) error {
	var problems []error
	for _, assignment := range d.properties {
		extra, err := limit.ParseProperty(assignment)
		problems = append(problems, err)
		switch {
		case err != nil:
		case extra.Limit != nil:
			asked[extra.Limit.Row] = *extra.Limit
		default:
			d.spec.Extras = append(d.spec.Extras, extra.Property)
		}
	}
	return errors.Join(problems...)
}

func imply(asked map[*limit.Row]limit.Asked) {
	_, memory := asked[limit.Memory]
	if _, swap := asked[limit.Swap]; memory && !swap {
		asked[limit.Swap] = limit.Swap.Imply("0")
	}
	if _, oom := asked[limit.OOM]; !oom {
		asked[limit.OOM] = limit.OOM.Imply("continue")
	}
}

func inOrder(asked map[*limit.Row]limit.Asked) (limits []limit.Asked) {
	for _, row := range limit.Rows {
		if one, ok := asked[row]; ok {
			limits = append(limits, one)
		}
	}
	return limits
}

package spec

import (
	"cmp"
	"errors"
	"fmt"
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
	asked, err := readLimits(d.limits, d.names)
	if err := errors.Join(err, d.finishProperties(asked)); err != nil {
		return err
	}
	imply(asked)
	d.spec.Limits = inOrder(asked)
	return nil
}

// readLimits reads what flags were given, by which of their names.
func readLimits(texts, names map[*limit.Row]string) (map[*limit.Row]limit.Asked, error) {
	given, err := limit.Resolve(texts)
	problems := []error{err}
	asked := map[*limit.Row]limit.Asked{}
	for _, row := range limit.Rows {
		if text, ok := given[row]; ok {
			one, err := row.AskAs(cmp.Or(names[row], row.Flag), text)
			problems = append(problems, err)
			asked[row] = one
		}
	}
	return asked, errors.Join(problems...)
}

// finishProperties reads -p. What a flag says too would undo it, or be undone.
func (d *Draft) finishProperties(asked map[*limit.Row]limit.Asked) error {
	var problems []error
	for _, assignment := range d.properties {
		extra, err := limit.ParseProperty(assignment)
		problems = append(problems, err)
		switch {
		case err != nil:
		case extra.Limit != nil:
			problems = append(problems, limit.Join(asked, *extra.Limit))
		default:
			delete(asked, extra.Unset)
			problems = append(problems, d.addExtra(extra))
		}
	}
	return errors.Join(problems...)
}

func (d *Draft) addExtra(extra limit.Extra) error {
	value, _ := extra.Property.Value.Value().(string)
	switch {
	case extra.Property.Name == limit.SliceProperty && d.spec.Slice == "":
		if err := d.setSlice(value); err != nil {
			return fmt.Errorf("-p %s: %w", extra.Assignment, err)
		}
		return nil
	case extra.Property.Name == limit.SliceProperty:
		return fmt.Errorf("-p %s: --slice %s is given too: drop one of the two", extra.Assignment, d.spec.Slice)
	case extra.Property.Name == limit.DescriptionProperty && d.spec.Description != "":
		return fmt.Errorf("-p %s: --description is given too: drop one of the two", extra.Assignment)
	}
	d.spec.Extras = append(d.spec.Extras, extra)
	return nil
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

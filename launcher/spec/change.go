package spec

import (
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/unit/limit"
)

// Change is limits for processes that run already, in the words of their flags.
type Change struct {
	texts, names map[*limit.Row]string
	Name         string // of a scope that is to be, with .scope
}

// NewChange begins one of which nothing is asked yet.
func NewChange() *Change {
	return &Change{texts: map[*limit.Row]string{}, names: map[*limit.Row]string{}}
}

// Flags are those of a run's limits that rows may have.
func (c *Change) Flags(may func(*limit.Row) bool) grammar.Flags {
	var rows []*limit.Row
	for _, row := range limit.Rows {
		if may(row) {
			rows = append(rows, row)
		}
	}
	return LimitFlags(rows, func(row *limit.Row, name, text string) { c.texts[row], c.names[row] = text, name })
}

// SetName reads the scope's name.
func (c *Change) SetName(text string) (err error) {
	c.Name, err = scopeName(text)
	return err
}

// Limits are those that are changed, in the table's order. The error joins all
// problems.
func (c *Change) Limits() ([]limit.Asked, error) {
	asked, err := readLimits(c.texts, c.names)
	return inOrder(asked), err
}

// Started are those of a scope that is to be, with what they imply as for a run.
func (c *Change) Started() ([]limit.Asked, error) {
	asked, err := readLimits(c.texts, c.names)
	imply(asked)
	return inOrder(asked), err
}

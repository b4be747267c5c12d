package console

import (
	"fmt"
	"strings"

	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/limit"
)

// Pressure says that a run waits too much, and what came of it.
func (c Console) Pressure(v verdict.Verdict, asked spec.Pressure, err error) {
	condition, _, _ := strings.Cut(asked.Text, "=")
	text := fmt.Sprintf("%s is under pressure (%s)", v.Command[0], condition)
	switch {
	case err != nil:
		c.Warn(fmt.Errorf("%s, and %s failed: %w", text, asked.Act, err))
	case c.Quiet:
	case asked.Act == spec.ActSignal:
		c.say("%s: it got signal %d (%v)", text, int(asked.Signal), asked.Signal)
	case asked.Act == spec.ActFreeze:
		c.say("%s: it is paused", text)
		c.say("hint: slimrun resume %s", strings.TrimSuffix(v.Unit, ".scope"))
	case asked.Act == spec.ActStop:
		c.say("%s: it is being stopped", text)
	case asked.Act == spec.ActRaise:
		c.say("%s: its memory limit is %s now", text, limit.FormatSize(asked.Raise.Number()))
	default:
		c.say("%s", text)
	}
}

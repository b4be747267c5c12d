package launcher

import (
	"fmt"
	"strings"

	"github.com/slimrun/slimrun/unit"
)

// properties are what systemd is asked for: what must be taken, and what an
// older systemd may do without.
func (s Spec) properties() (required, optional []unit.Property) {
	required = append(required,
		unit.NewProperty("Description", s.describe()),
		unit.NewProperty("CollectMode", "inactive-or-failed"))
	if s.Slice != "" {
		required = append(required, unit.NewProperty("Slice", s.Slice))
	}
	for _, limit := range s.Limits {
		if limit.Implied && limit.Limit.Flag == "oom" {
			// Before v253 a scope has no OOMPolicy and acts as "continue" says.
			optional = append(optional, limit.Property())
			continue
		}
		required = append(required, limit.Property())
	}
	if !s.hasExtra("TimeoutStopUSec") {
		required = append(required, unit.NewProperty("TimeoutStopUSec", uint64(stopWithin.Microseconds())))
	}
	if s.wantsUsage() {
		required = append(required, accounting()...)
	}
	return append(required, s.Extras...), optional
}

// wantsUsage says whether the run's figures will be shown.
func (s Spec) wantsUsage() bool { return s.Report != "" || s.Summary }

// accounting switches on the controllers whose figures a report shows.
func accounting() (properties []unit.Property) {
	for _, controller := range []string{"CPU", "Memory", "IO", "Tasks"} {
		properties = append(properties, unit.NewProperty(controller+"Accounting", true))
	}
	return properties
}

func (s Spec) hasExtra(name string) bool {
	for _, property := range s.Extras {
		if property.Name == name {
			return true
		}
	}
	return false
}

// blameExtras names what -p asked for beside a refusal, which mostly names no
// property.
func (s Spec) blameExtras(err error) error {
	names := make([]string, len(s.Extras))
	for i, property := range s.Extras {
		names[i] = property.Name
	}
	if len(names) == 0 || !unit.IsRefusal(err) {
		return err
	}
	return fmt.Errorf("%w (asked for by -p: %s)", err, strings.Join(names, ", "))
}

// describe is the unit's description: the command, as UTF-8 on one line
// (systemd refuses a call with other text).
func (s Spec) describe() string {
	if s.Description != "" {
		return s.Description
	}
	text := strings.ToValidUTF8(strings.Join(s.Argv, " "), "?")
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, text)
	if runes := []rune(text); len(runes) > 120 {
		text = string(runes[:119]) + "…"
	}
	return "slimrun " + text
}

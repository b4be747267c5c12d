package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
)

// StopWithin is the grace between SIGTERM and SIGKILL when a scope is stopped
// (systemd's own default is 90 s, for services).
const StopWithin = 10 * time.Second

// Properties are what systemd is asked for: what must be taken, and what an
// older systemd may do without.
func Properties(s spec.Spec) (required, optional []limit.Property) {
	required = append(required,
		limit.NewProperty("Description", describe(s)),
		limit.NewProperty("CollectMode", "inactive-or-failed"))
	if s.Slice != "" {
		required = append(required, limit.NewProperty("Slice", s.Slice))
	}
	for _, asked := range s.Limits {
		if asked.Implied && asked.Row == limit.OOM {
			// Before v253 a scope has no OOMPolicy and acts as "continue" says.
			optional = append(optional, asked.Property())
			continue
		}
		required = append(required, asked.Property())
	}
	if !hasExtra(s, "TimeoutStopUSec") {
		required = append(required, limit.NewProperty("TimeoutStopUSec", uint64(StopWithin.Microseconds())))
	}
	switch {
	case s.WantsEvery():
		required = append(required, accounting()...)
	case s.WantsUsage():
		// What is recorded is memory; CPU time v2's tree counts without a controller. On
		// v1 each controller more is a cgroup more, and a quarter of a launch.
		required = append(required,
			limit.NewProperty("MemoryAccounting", true), limit.NewProperty("TasksAccounting", true))
	}
	for _, extra := range s.Extras {
		required = append(required, extra.Property)
	}
	return required, optional
}

// AdoptedProperties are those of a scope for processes that run already: systemd moves
// nobody into one without Delegate=.
func AdoptedProperties(command string, limits []limit.Asked) (required, optional []limit.Property) {
	required, optional = Properties(spec.Spec{Argv: []string{command}, Limits: limits})
	return append(required, limit.NewProperty("Delegate", true)), optional
}

// WaitingUnit is the scope of the slimrun that waits for a detached run. The last one
// of that name may not be gone yet.
func WaitingUnit(run string, pid int) string {
	return fmt.Sprintf("slimrun-waiting-%.200s-%d.scope", strings.TrimSuffix(run, ".scope"), pid)
}

// WaitingProperties are what that scope has. On v1 a hierarchy that the run brings in
// is given to its neighbours, and a process that the embedded manager does not see
// stays where it is in that: so it has all from the start.
func WaitingProperties(run string, kind unit.Kind) []limit.Property {
	properties := []limit.Property{
		limit.NewProperty("Description", "waits for "+run),
		limit.NewProperty("CollectMode", "inactive-or-failed"),
		limit.NewProperty("TimeoutStopUSec", uint64(StopWithin.Microseconds())),
	}
	if kind == unit.EmbeddedKind {
		properties = append(properties, accounting()...)
	}
	return properties
}

// accounting switches on the controllers whose figures a report shows.
func accounting() (properties []limit.Property) {
	for _, controller := range []string{"CPU", "Memory", "IO", "Tasks"} {
		properties = append(properties, limit.NewProperty(controller+"Accounting", true))
	}
	return properties
}

func hasExtra(s spec.Spec, name string) bool {
	for _, extra := range s.Extras {
		if extra.Property.Name == name {
			return true
		}
	}
	return false
}

// BlameExtras names what -p asked for beside a refusal, which mostly names no
// property.
func BlameExtras(s spec.Spec, err error) error {
	names := make([]string, len(s.Extras))
	for i, extra := range s.Extras {
		names[i] = extra.Property.Name
	}
	if len(names) == 0 || !unit.IsRefusal(err) {
		return err
	}
	return fmt.Errorf("%w (asked for by -p: %s)", err, strings.Join(names, ", "))
}

// describe is the unit's description: the command, as UTF-8 on one line (systemd
// refuses a call with other text), or what was asked for.
func describe(s spec.Spec) string {
	if s.Description != "" {
		return unit.Describe(s.Description)
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
	return unit.Describe(text)
}

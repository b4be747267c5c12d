package limit

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	systemd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
)

// Asked is a limit with the value somebody asked for; its Row is nil for none.
type Asked struct {
	Row     *Row
	As      string // as the user named it: "--memory", or "-p MemoryMax"
	Text    string
	Implied bool // by another flag or as a default, not by the user
	value   any
}

// Ask reads a value of the row's flag.
func (r *Row) Ask(text string) (Asked, error) { return r.AskAs(r.Flag, text) }

// AskAs is Ask for a flag that was given under one of its other names.
func (r *Row) AskAs(name, text string) (Asked, error) {
	value, err := r.read(name, text)
	if err != nil {
		return Asked{}, fmt.Errorf("--%s %q: %w", name, text, err)
	}
	return Asked{Row: r, As: "--" + name, Text: text, value: value}, nil
}

// read reads a value under one of the flag's names.
func (r *Row) read(name, text string) (value any, err error) {
	if name != r.Flag && r.aliased != nil {
		if text, err = r.aliased(text); err != nil {
			return nil, err
		}
	}
	return r.kind.read(text)
}

// Imply is Ask for a limit that another flag brings with it; text is one of
// slimrun's own, so it cannot be wrong.
func (r *Row) Imply(text string) Asked {
	asked, err := r.Ask(text)
	if err != nil {
		panic(err)
	}
	asked.Implied = true
	return asked
}

// String is the limit as the user wrote it.
func (a Asked) String() string {
	if strings.HasPrefix(a.As, "--") && !strings.Contains(a.As, " ") {
		return a.As + " " + a.Text
	}
	return a.As + "=" + a.Text
}

// Instead is what the user would have written for another value.
func (a Asked) Instead(text string) string {
	a.Text = text
	return a.String()
}

// InFlagsWords is a limit that was read from a unit file, as its flag would have it.
func (a Asked) InFlagsWords() Asked {
	a.As = "--" + a.Row.Flag
	if kind, ok := a.Row.kind.(bounding); ok && a.value != Infinity {
		a.Text = kind.flagText(a.value)
	}
	return a
}

// Number is the value of a limit that is one: bytes, microseconds, tasks; 0
// for another kind.
func (a Asked) Number() uint64 {
	n, _ := a.value.(uint64)
	return n
}

// Mask is the value of a limit that is a set of CPUs, a bit for each; nil for
// another kind.
func (a Asked) Mask() []byte {
	mask, _ := a.value.([]byte)
	return mask
}

// Assignments are the limit as unit files have it: "MemoryMax=104857600".
func (a Asked) Assignments() (lines []string) {
	name := a.Row.Property
	if a.Row.Setting != "" {
		name = a.Row.Setting
	}
	for _, text := range a.Row.kind.unitText(a.value, a.Text) {
		lines = append(lines, name+"="+text)
	}
	return lines
}

// Join adds a limit of -p to those asked for. What was asked for by a flag too is
// added up where the flag is repeatable; else the two would undo each other.
func Join(asked map[*Row]Asked, one Asked) error {
	have, both := asked[one.Row]
	switch rates, repeatable := one.value.([]deviceLimit); {
	case both && repeatable:
		for _, rate := range rates {
			have.value = setRate(have.value.([]deviceLimit), rate)
		}
		have.Text += "\n" + one.Text
		one = have
	case both && strings.HasPrefix(have.As, "--"):
		return fmt.Errorf("%s: %s is given too: drop one of the two", one, have)
	}
	asked[one.Row] = one
	return nil
}

// Property is a unit property on its way to systemd.
type Property = systemd.Property

// NewProperty is the one constructor of a typed D-Bus property.
func NewProperty(name string, value any) Property {
	return Property{Name: name, Value: dbus.MakeVariant(value)}
}

// Property is the limit as systemd wants it.
func (a Asked) Property() Property { return NewProperty(a.Row.Property, a.value) }

// BySystemd says whether systemd itself keeps the limit: the proof is then the
// unit's property, which must read back as asked (IsValue).
func (a Asked) BySystemd() bool {
	return a.Row.Controller == "" || a.Row.kept != nil && a.Row.kept(a.value)
}

// IsValue says whether a property read back from the unit is what was asked.
func (a Asked) IsValue(property any) bool {
	return reflect.DeepEqual(plainValue(property), plainValue(a.value))
}

// IsUnset says whether a property read back is that of a unit without the limit.
func (r *Row) IsUnset(property any) bool {
	switch value := plainValue(property).(type) {
	case uint64:
		return value == Infinity || r.Protects && value == 0
	case []byte:
		return len(value) == 0
	}
	lines, isDevices := plainValue(property).([]string)
	return isDevices && len(lines) == 0
}

// plainValue is a value without what systemd pads it with (masks to whole words),
// and without the order of its devices, which systemd turns round.
func plainValue(value any) any {
	switch value := value.(type) {
	case []byte:
		return bytes.TrimRight(value, "\x00")
	case []deviceLimit:
		var lines []string
		for _, one := range value {
			lines = append(lines, fmt.Sprint(one.Path, " ", one.Rate))
		}
		return slices.Sorted(slices.Values(lines))
	case [][]any:
		var lines []string
		for _, one := range value {
			lines = append(lines, strings.Trim(fmt.Sprint(one), "[]"))
		}
		return slices.Sorted(slices.Values(lines))
	}
	return value
}

// IsUsual says whether systemd gives such a limit without being asked.
func (a Asked) IsUsual() bool { return a.Row.usual != nil && a.Row.usual(a.value) }

// Moot says whether there is nothing to prove where the kernel has no file for
// the limit.
func (a Asked) Moot() bool { return a.Row.moot != nil && a.Row.moot(a.value) }

// Holds says whether what Kernel returned is the limit.
func (a Asked) Holds(kernel string, v1 bool) bool { return a.Row.kind.holds(a.value, kernel, v1) }

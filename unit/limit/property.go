package limit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/unit/problem"
)

// Properties that flags of their own set.
const (
	SliceProperty       = "Slice"
	DescriptionProperty = "Description"
)

// unsupported tells where a service property that scopes refuse is at home.
func unsupported() map[string]string {
	return map[string]string{
		"Nice": "--nice", "OOMScoreAdjust": "--oom-score-adj", "NoNewPrivileges": "--no-new-privs",
		"LimitNOFILE": "--ulimit nofile=N", "LimitNPROC": "--ulimit nproc=N", "LimitCORE": "--ulimit core=N",
		"Environment": "--env NAME=VALUE", "WorkingDirectory": "--workdir DIR",
	}
}

// Extra is a -p NAME=VALUE: a limit of the table, which is proven like any
// other, or a plain property. An empty value takes a limit back: that is a plain
// property too, and Unset is the row.
type Extra struct {
	Assignment string
	Limit      *Asked
	Unset      *Row
	Property   Property
}

// ParseProperty reads NAME=VALUE in systemd's unit file syntax and gives it
// its D-Bus type. Errors name the property, the value and what was expected.
func ParseProperty(assignment string) (Extra, error) {
	name, value, ok := strings.Cut(assignment, "=")
	if !ok || name == "" {
		return Extra{}, fmt.Errorf("-p %q: want NAME=VALUE, such as MemoryMax=100M", assignment)
	}
	if strings.ToValidUTF8(value, "") != value || strings.ContainsRune(value, 0) {
		return Extra{}, fmt.Errorf("-p %s=%q: want UTF-8 text", name, value)
	}
	extra, err := parseProperty(name, strings.Trim(value, blanks))
	extra.Assignment = assignment
	return extra, err
}

func parseProperty(name, value string) (extra Extra, err error) {
	if row, ok := rowOf(name); ok {
		return limitProperty(row, name, value)
	}
	setting, ok := settingOf(name)
	if !ok {
		return extra, unknownProperty(name)
	}
	if extra.Property, err = setting.property(name, value); err != nil {
		return extra, fmt.Errorf("-p %s=%q: %w", name, value, err)
	}
	return extra, nil
}

// rowOf finds the row of a property by its D-Bus or its unit file name.
func rowOf(name string) (*Row, bool) {
	for _, row := range Rows {
		if !row.IsSynonym() && (row.Property == name || row.Setting == name) {
			return row, true
		}
	}
	return nil, false
}

func settingOf(name string) (Setting, bool) {
	for _, setting := range Settings() {
		if name == setting.Name || name == setting.bus() {
			return setting, true
		}
	}
	return Setting{}, false
}

// onBus is a kind whose values have another form under the name on the bus than
// in unit files.
type onBus interface {
	bus(text string) (any, error)
}

func limitProperty(row *Row, name, value string) (Extra, error) {
	if none, ok := row.kind.(unsettable); ok && value == "" {
		return Extra{Unset: row, Property: NewProperty(row.Property, none.unset())}, nil
	}
	read := row.kind.setting
	if kind, ok := row.kind.(onBus); ok && name != row.Setting && row.Setting != "" {
		read = kind.bus
	}
	typed, err := read(value)
	if err != nil {
		return Extra{}, fmt.Errorf("-p %s=%q: %w", name, value, err)
	}
	asked := Asked{Row: row, As: "-p " + name, Text: value, value: typed}
	return Extra{Limit: &asked, Property: asked.Property()}, nil
}

// unsettable is a kind that an empty assignment takes back, with the value that
// says so on the bus.
type unsettable interface{ unset() any }

func (k size) unset() any {
	if k.floor {
		return uint64(0)
	}
	return Infinity
}
func (count) unset() any     { return Infinity }
func (quota) unset() any     { return Infinity }
func (cpuWeight) unset() any { return Infinity }
func (ioWeight) unset() any  { return Infinity }
func (cpuSet) unset() any    { return []byte{} }
func (ioMax) unset() any     { return []deviceLimit{} }

func unknownProperty(name string) error {
	if flag, ok := unsupported()[name]; ok {
		return problem.Errorf("use "+flag, "-p %s: systemd takes no %s for a scope", name, name)
	}
	if near := problem.Nearest(name, propertyNames()); near != "" {
		return problem.Errorf("did you mean "+near+"?", "-p %s: no property of a scope has that name", name)
	}
	return problem.Errorf("man systemd.scope and systemd.resource-control list them",
		"-p %s: no property of a scope has that name", name)
}

func propertyNames() []string {
	var names []string
	for _, setting := range Settings() {
		names = append(names, setting.Name)
	}
	for _, row := range Rows {
		if !row.IsSynonym() {
			names = append(names, row.Property)
		}
	}
	slices.Sort(names)
	return names
}

package limit

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/problem"
)

// scopeProperty is a property of scopes beyond the table of limits: its D-Bus
// name (where that differs) and the reader of systemd's unit file syntax.
type scopeProperty struct {
	bus  string
	read func(string) (any, error)
}

// scopeProperties lists what bus_scope_set_property, bus_cgroup_set_property,
// bus_kill_context_set_transient_property and bus_unit_set_transient_property
// of systemd 252 to 257 take (src/core/dbus-*.c). A function, like the other
// tables that few runs need: a package's maps are made at every start.
func scopeProperties() map[string]scopeProperty {
	return map[string]scopeProperty{
		"CPUAccounting": {read: boolean}, "MemoryAccounting": {read: boolean},
		"TasksAccounting": {read: boolean}, "IOAccounting": {read: boolean},
		"IPAccounting": {read: boolean}, "Delegate": {read: boolean},
		"SendSIGHUP": {read: boolean}, "SendSIGKILL": {read: boolean},
		"DefaultDependencies": {read: boolean}, "IgnoreOnIsolate": {read: boolean},
		"StopWhenUnneeded": {read: boolean}, "RefuseManualStop": {read: boolean},
		"StartupCPUWeight": {read: cpuWeight{}.read}, "StartupIOWeight": {read: ioWeight{}.read},
		"CPUQuotaPeriodSec":             {bus: "CPUQuotaPeriodUSec", read: span{}.read},
		"AllowedMemoryNodes":            {read: cpuSet{}.read},
		"StartupAllowedCPUs":            {read: cpuSet{}.read},
		"DefaultMemoryLow":              {read: size{zero: true}.read},
		"DefaultMemoryMin":              {read: size{zero: true}.read},
		"StartupMemoryMax":              {read: size{}.read},
		"StartupMemoryHigh":             {read: size{}.read},
		"MemoryZSwapMax":                {read: size{zero: true}.read},
		"ManagedOOMSwap":                {read: text},
		"ManagedOOMMemoryPressure":      {read: text},
		"ManagedOOMMemoryPressureLimit": {read: permyriad},
		"ManagedOOMPreference":          {read: text},
		"MemoryPressureWatch":           {read: text},
		"MemoryPressureThresholdSec":    {bus: "MemoryPressureThresholdUSec", read: span{}.read},
		"DevicePolicy":                  {read: text},
		"DisableControllers":            {read: words},
		"KillMode":                      {read: text},
		"KillSignal":                    {read: signal},
		"FinalKillSignal":               {read: signal},
		"TimeoutStopSec":                {bus: "TimeoutStopUSec", read: span{}.read},
		"RuntimeRandomizedExtraSec":     {bus: "RuntimeRandomizedExtraUSec", read: span{}.read},
		"Description":                   {read: text},
		"Documentation":                 {read: words},
		"Slice":                         {read: text},
		"CollectMode":                   {read: text},
		"After":                         {read: words},
		"Before":                        {read: words},
		"Wants":                         {read: words},
		"Requires":                      {read: words},
		"BindsTo":                       {read: words},
		"PartOf":                        {read: words},
		"Conflicts":                     {read: words},
		"JobTimeoutSec":                 {bus: "JobTimeoutUSec", read: span{}.read},
	}
}

// unsupported tells where a service property that scopes refuse is at home.
func unsupported() map[string]string {
	return map[string]string{
		"Nice": "--nice", "OOMScoreAdjust": "--oom-score-adj", "NoNewPrivileges": "--no-new-privs",
		"LimitNOFILE": "--ulimit nofile=N", "LimitNPROC": "--ulimit nproc=N", "LimitCORE": "--ulimit core=N",
		"Environment": "--env NAME=VALUE", "WorkingDirectory": "--workdir DIR",
	}
}

// Extra is a -p NAME=VALUE: a limit of the table, which is proven like any
// other, or a plain property.
type Extra struct {
	Limit    *Asked
	Property Property
}

// ParseProperty reads NAME=VALUE in systemd's unit file syntax and gives it
// its D-Bus type. Errors name the property, the value and what was expected.
func ParseProperty(assignment string) (Extra, error) {
	name, value, ok := strings.Cut(assignment, "=")
	if !ok || name == "" {
		return Extra{}, fmt.Errorf("-p %q: want NAME=VALUE, such as MemoryMax=100M", assignment)
	}
	if row, ok := rowOf(name); ok {
		return limitProperty(row, name, value)
	}
	known, ok := knownProperty(name)
	if !ok {
		return Extra{}, unknownProperty(name)
	}
	typed, err := known.read(value)
	if err != nil {
		return Extra{}, fmt.Errorf("-p %s=%q: %w", name, value, err)
	}
	return Extra{Property: NewProperty(known.bus, typed)}, nil
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

func limitProperty(row *Row, name, value string) (Extra, error) {
	read := row.kind.read
	if name == row.Setting {
		read = row.kind.setting
	}
	typed, err := read(value)
	if err != nil {
		return Extra{}, fmt.Errorf("-p %s=%q: %w", name, value, err)
	}
	asked := Asked{Row: row, As: "-p " + name, Text: value, value: typed}
	return Extra{Limit: &asked, Property: asked.Property()}, nil
}

// knownProperty finds a property by its unit file or its D-Bus name.
func knownProperty(name string) (scopeProperty, bool) {
	for setting, known := range scopeProperties() {
		if known.bus == "" {
			known.bus = setting
		}
		if name == setting || name == known.bus {
			return known, true
		}
	}
	return scopeProperty{}, false
}

func unknownProperty(name string) error {
	if flag, ok := unsupported()[name]; ok {
		return problem.Errorf("use "+flag, "-p %s: systemd takes no %s for a scope", name, name)
	}
	if near := problem.Nearest(name, propertyNames()); near != "" {
		return problem.Errorf("did you mean "+near+"?", "-p %s: no property of a scope has that name", name)
	}
	return problem.Errorf("man systemd.scope and systemd.resource-control list them", "-p %s: no property of a scope has that name", name)
}

func propertyNames() []string {
	var names []string
	for name := range scopeProperties() {
		names = append(names, name)
	}
	for _, row := range Rows {
		if !row.IsSynonym() {
			names = append(names, row.Property)
		}
	}
	slices.Sort(names)
	return names
}

func text(s string) (any, error) { return s, nil }

func words(s string) (any, error) { return strings.Fields(s), nil }

func boolean(s string) (any, error) {
	switch strings.ToLower(s) {
	case "1", "yes", "y", "true", "t", "on":
		return true, nil
	case "0", "no", "n", "false", "f", "off":
		return false, nil
	}
	return nil, errors.New("want yes or no")
}

// permyriad reads "80%" as systemd's UINT32_SCALE_FROM_PERMYRIAD.
func permyriad(s string) (any, error) {
	number, ok := strings.CutSuffix(s, "%")
	n, digits := scale(number, 100)
	if !ok || !digits || n > 10000 {
		return nil, errors.New("want a percentage from 0% to 100%")
	}
	return uint32(n * (1<<32 - 1) / 10000), nil
}

func signal(s string) (any, error) {
	if n, err := strconv.ParseInt(s, 10, 32); err == nil && n > 0 && n < 65 {
		return int32(n), nil
	}
	if n := signalNumber(s); n > 0 {
		return int32(n), nil
	}
	return nil, errors.New("want a signal such as SIGTERM")
}

// signalNumber is the number of "SIGTERM" or "TERM", 0 when there is none.
func signalNumber(name string) int {
	return int(unix.SignalNum("SIG" + strings.TrimPrefix(strings.ToUpper(name), "SIG")))
}

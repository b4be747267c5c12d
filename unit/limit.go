package unit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Limit is one row of the table from which properties, proof, --dry-run and
// docs/properties.md are read.
type Limit struct {
	Flag       string // long flag, without dashes
	Property   string // the D-Bus property
	Setting    string // its name in unit files, where that differs
	Type       string // D-Bus signature
	Since      string // first systemd version that takes it for a scope
	Controller string // "" where the proof is the unit's own property
	V2, V1     string // file read back; "" where the kernel has none

	parse   func(string) (any, error)       // flag's value → D-Bus value
	setting func(string) (any, error)       // unit file's value, where it differs
	holds   func(want any, got string) bool // does the v2 file's content say so
	holdsV1 func(want any, got string) bool // likewise v1, where it differs
}

// Limits is the table: contract section 3 in one place.
var Limits = []Limit{
	{Flag: "memory", Property: "MemoryMax", Type: "t", Since: "231", Controller: "memory", V2: "memory.max", V1: "memory.limit_in_bytes", parse: positiveSize, holds: pagesHold},
	{Flag: "swap", Property: "MemorySwapMax", Type: "t", Since: "232", Controller: "memory", V2: "memory.swap.max", parse: anySize, holds: pagesHold},
	{Flag: "memory-high", Property: "MemoryHigh", Type: "t", Since: "231", Controller: "memory", V2: "memory.high", parse: positiveSize, holds: pagesHold},
	{Flag: "memory-low", Property: "MemoryLow", Type: "t", Since: "231", Controller: "memory", V2: "memory.low", parse: positiveSize, holds: pagesHold},
	{Flag: "memory-min", Property: "MemoryMin", Type: "t", Since: "240", Controller: "memory", V2: "memory.min", parse: positiveSize, holds: pagesHold},
	{Flag: "cpus", Property: "CPUQuotaPerSecUSec", Setting: "CPUQuota", Type: "t", Since: "213", Controller: "cpu", V2: "cpu.max", V1: "cpu.cfs_quota_us", parse: cpus, setting: cpuPercent, holds: quotaHolds},
	{Flag: "cpu-weight", Property: "CPUWeight", Type: "t", Since: "232", Controller: "cpu", V2: "cpu.weight", V1: "cpu.shares", parse: cpuWeight, holds: weightHolds, holdsV1: sharesHold},
	{Flag: "cpuset", Property: "AllowedCPUs", Type: "ay", Since: "244", Controller: "cpuset", V2: "cpuset.cpus", parse: cpuSet, holds: cpuSetHolds},
	{Flag: "pids", Property: "TasksMax", Type: "t", Since: "227", Controller: "pids", V2: "pids.max", V1: "pids.max", parse: count, holds: countHolds},
	{Flag: "io-weight", Property: "IOWeight", Type: "t", Since: "230", Controller: "io", V2: "io.weight", parse: ioWeight, holds: ioWeightHolds},
	{Flag: "io-read-bps", Property: "IOReadBandwidthMax", Type: "a(st)", Since: "230", Controller: "io", V2: "io.max", parse: ioBandwidth, holds: ioMaxHolds("rbps")},
	{Flag: "io-write-bps", Property: "IOWriteBandwidthMax", Type: "a(st)", Since: "230", Controller: "io", V2: "io.max", parse: ioBandwidth, holds: ioMaxHolds("wbps")},
	{Flag: "io-read-iops", Property: "IOReadIOPSMax", Type: "a(st)", Since: "230", Controller: "io", V2: "io.max", parse: ioOperations, holds: ioMaxHolds("riops")},
	{Flag: "io-write-iops", Property: "IOWriteIOPSMax", Type: "a(st)", Since: "230", Controller: "io", V2: "io.max", parse: ioOperations, holds: ioMaxHolds("wiops")},
	{Flag: "timeout", Property: "RuntimeMaxUSec", Setting: "RuntimeMaxSec", Type: "t", Since: "244", parse: positiveDuration},
	{Flag: "oom", Property: "OOMPolicy", Type: "s", Since: "253", Controller: "memory", V2: "memory.oom.group", parse: oomPolicy, holds: oomGroupHolds},
}

// LimitFor finds the row of a flag.
func LimitFor(flag string) (*Limit, bool) {
	return findLimit(func(l *Limit) bool { return l.Flag == flag })
}

// limitOf finds the row of a property by its D-Bus or its unit file name.
func limitOf(name string) (*Limit, bool) {
	return findLimit(func(l *Limit) bool { return l.Property == name || l.Setting == name })
}

func findLimit(is func(*Limit) bool) (*Limit, bool) {
	for i := range Limits {
		if is(&Limits[i]) {
			return &Limits[i], true
		}
	}
	return nil, false
}

// Asked is a limit with the value somebody asked for.
type Asked struct {
	*Limit
	Flag    string // as the user wrote it: "memory", or "-p MemoryMax"
	Text    string
	Implied bool // by another flag or as a default, not by the user
	value   any
}

// Ask reads a flag's value. The error names the flag, the value and what was
// expected.
func Ask(flag, text string) (Asked, error) {
	limit, ok := LimitFor(flag)
	if !ok {
		return Asked{}, fmt.Errorf("--%s: no such limit", flag)
	}
	value, err := limit.parse(text)
	if err != nil {
		return Asked{}, fmt.Errorf("--%s %q: %w", flag, text, err)
	}
	return Asked{Limit: limit, Flag: flag, Text: text, value: value}, nil
}

// Imply is Ask for a limit that another flag brings with it; text is one of
// slimrun's own, so it cannot be wrong.
func Imply(flag, text string) Asked {
	asked, err := Ask(flag, text)
	if err != nil {
		panic(err)
	}
	asked.Implied = true
	return asked
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

// Assignment is the limit as unit files have it: "MemoryMax=104857600".
func (a Asked) Assignment() string {
	name := a.Limit.Property
	if a.Limit.Setting != "" {
		name = a.Limit.Setting
	}
	switch value := a.value.(type) {
	case uint64:
		return name + "=" + a.Limit.unitText(value)
	default:
		return name + "=" + strings.ReplaceAll(a.Text, ":", " ")
	}
}

func (l *Limit) unitText(n uint64) string {
	switch {
	case n == Infinity && l.Flag != "cpus":
		return "infinity"
	case n == Infinity:
		return ""
	case l.Flag == "cpus":
		return strconv.FormatFloat(float64(n)/1e4, 'f', -1, 64) + "%"
	case l.Flag == "cpu-weight" && n == cpuWeightIdle:
		return "idle"
	case l.Flag == "timeout":
		return strconv.FormatUint(n, 10) + "us"
	}
	return strconv.FormatUint(n, 10)
}

func anySize(s string) (any, error) { return ParseSize(s) }

func positiveSize(s string) (any, error) {
	n, err := ParseSize(s)
	if err == nil && n == 0 {
		return nil, errors.New(`zero is no limit to run under: want a size such as "100M"`)
	}
	return n, err
}

func positiveDuration(s string) (any, error) {
	usec, err := ParseDuration(s)
	if err == nil && usec == 0 {
		return nil, errors.New(`want more than nothing: a time such as "30s"`)
	}
	return usec, err
}

func count(s string) (any, error) {
	if s == "infinity" {
		return Infinity, nil
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || n == 0 || !digits(s) {
		return nil, errors.New(`want a number of tasks from 1, or "infinity"`)
	}
	return n, nil
}

func oomPolicy(s string) (any, error) {
	if s != "kill" && s != "stop" && s != "continue" {
		return nil, errors.New("want kill, stop or continue")
	}
	return s, nil
}

// pagesHold compares a memory file with a size; the kernel rounds down to
// pages and says "max" for no limit (v1: its largest page count).
func pagesHold(want any, got string) bool {
	if want == Infinity {
		return got == "max" || got == strconv.FormatUint(maxBytes, 10)
	}
	return got == strconv.FormatUint(want.(uint64)/pageSize*pageSize, 10)
}

func countHolds(want any, got string) bool {
	return want == Infinity && got == "max" || got == fmt.Sprint(want)
}

// oomGroupHolds: systemd sets memory.oom.group for OOMPolicy=kill alone.
func oomGroupHolds(want any, got string) bool {
	return (want == "kill") == (strings.TrimSpace(got) == "1")
}

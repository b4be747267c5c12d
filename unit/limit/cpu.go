package limit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// cpuWeightIdle is systemd's CPUWeight=idle on the bus (CGROUP_WEIGHT_IDLE).
const cpuWeightIdle = uint64(0)

// quota is CPU time, in microseconds a second.
type quota struct{}

// read reads "1.5" CPUs. The kernel keeps quotas from 1 ms in periods up to 1 s,
// so 0.001 is the least there is.
func (quota) read(s string) (any, error) {
	return parseQuota(s, 1e6, `want a number of CPUs such as "0.5" or "2", at least 0.001, or "infinity"`)
}

// setting reads CPUQuota=150% likewise.
func (quota) setting(s string) (any, error) {
	const want = `want a percentage of one CPU such as "150%", or "infinity"`
	number, ok := strings.CutSuffix(s, "%")
	if !ok && s != "infinity" {
		return nil, errors.New(want)
	}
	return parseQuota(number, 1e4, want)
}

// bus reads what systemd shows: "1.5s" of CPU time each second, or microseconds.
func (quota) bus(s string) (any, error) {
	usec, err := parseSpan(s, 1)
	if err != nil || usec != Infinity && !quotable(usec) {
		return nil, errors.New(`want CPU time a second such as "1.5s", or microseconds`)
	}
	return usec, nil
}

func quotable(usec uint64) bool { return usec >= leastQuota && usec <= 1e6*65536 }

func parseQuota(number string, usec uint64, want string) (any, error) {
	if number == "infinity" {
		return Infinity, nil
	}
	n, ok := scale(number, usec)
	if !ok || !quotable(n) {
		return nil, errors.New(want)
	}
	return n, nil
}

// unitText: systemd takes two decimals of a percent.
func (quota) unitText(value any, _ string) []string {
	n := value.(uint64)
	if n == Infinity {
		return []string{""}
	}
	return []string{strconv.FormatFloat(float64(n/100)/100, 'f', -1, 64) + "%"}
}

// kernel puts v1's quota and period into v2's form, "QUOTA PERIOD".
func (quota) kernel(file string, read func(string) (string, error)) (string, error) {
	value, err := read(file)
	if file != "cpu.cfs_quota_us" || err != nil {
		return value, err
	}
	period, err := read("cpu.cfs_period_us")
	return value + " " + period, err
}

// What systemd keeps to (src/core/cgroup.c, cgroup_cpu_adjust_period): the kernel
// takes quotas from 1 ms, and periods from 1 ms to 1 s.
const (
	leastQuota = uint64(1e3)
	mostPeriod = uint64(1e6)
)

// holds: systemd stretches the period until the quota is 1 ms, by integer
// division, and raises a quota that is still less, by rounding, to that.
func (quota) holds(want any, got string, _ bool) bool {
	quota, period, _ := strings.Cut(got, " ")
	usec := want.(uint64)
	if usec == Infinity {
		return quota == "max" || quota == "-1"
	}
	p, err := strconv.ParseUint(period, 10, 32)
	if err != nil || p < min(leastQuota*1e6/usec, mostPeriod) || p > mostPeriod {
		return false
	}
	return quota == strconv.FormatUint(max(usec*p/1e6, leastQuota), 10)
}

// cpuWeight is a share of CPU time, or "idle".
type cpuWeight struct{ plain }

func (cpuWeight) read(s string) (any, error) {
	if s == "idle" {
		return cpuWeightIdle, nil
	}
	return parseWeight(s, `want a weight from 1 to 10000 (100 is the usual), or "idle"`)
}

func (k cpuWeight) setting(s string) (any, error) { return k.read(s) }

func (k cpuWeight) unitText(value any, asked string) []string {
	if value == cpuWeightIdle {
		return []string{"idle"}
	}
	return k.plain.unitText(value, asked)
}

func parseWeight(s, want string) (any, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || !digits(s) || n < 1 || n > 10000 {
		return nil, errors.New(want)
	}
	return n, nil
}

// kernel: v2 has idle in a file of its own.
func (cpuWeight) kernel(file string, read func(string) (string, error)) (string, error) {
	if file == "cpu.weight" {
		if idle, err := read("cpu.idle"); err == nil && idle == "1" {
			return "idle", nil
		}
	}
	return read(file)
}

// holds: in v1's cpu.shares systemd's cgroup_weight_to_shares maps 100 to 1024,
// and the kernel takes no less than 2.
func (cpuWeight) holds(want any, got string, v1 bool) bool {
	switch n := want.(uint64); {
	case n == cpuWeightIdle:
		return got == "idle"
	case v1:
		return got == strconv.FormatUint(max(2, n*1024/100), 10)
	default:
		return got == strconv.FormatUint(n, 10)
	}
}

// cpuSet is a list of CPUs, or of memory nodes.
type cpuSet struct {
	plain
	of     string
	online string // the file that says which there are
}

// read reads a list such as "0-2,5" as systemd's little-endian bit mask.
func (k cpuSet) read(s string) (any, error) { return k.mask(strings.ReplaceAll(s, " ", ",")) }

// setting: systemd takes any number of blanks and commas.
func (k cpuSet) setting(s string) (any, error) {
	separates := func(c rune) bool { return c == ',' || strings.ContainsRune(blanks, c) }
	return k.mask(strings.Join(strings.FieldsFunc(s, separates), ","))
}

func (k cpuSet) mask(list string) (any, error) {
	mask, ok := parseCPUs(list)
	if !ok || len(mask) == 0 {
		return nil, fmt.Errorf(`want a list of %s such as "0-2,5"`, k.of)
	}
	return mask, nil
}

// parseCPUs reads the kernel's list format (cpuset(7)), "0-2,5", as a bit mask.
func parseCPUs(list string) (mask []byte, ok bool) {
	for _, item := range strings.Split(list, ",") {
		first, last, isRange := strings.Cut(item, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.ParseUint(first, 10, 13)
		to, err2 := strconv.ParseUint(last, 10, 13)
		if err1 != nil || err2 != nil || from > to || !digits(first) || !digits(last) {
			return nil, false
		}
		for cpu := from; cpu <= to; cpu++ {
			mask = setBit(mask, cpu)
		}
	}
	return mask, true
}

func setBit(mask []byte, bit uint64) []byte {
	for uint64(len(mask)) <= bit/8 {
		mask = append(mask, 0)
	}
	mask[bit/8] |= 1 << (bit % 8)
	return mask
}

// holds compares as sets: the kernel writes lists its own way. What the cgroups
// above do not have is not had, whatever was asked for.
func (cpuSet) holds(want any, got string, _ bool) bool {
	mask, ok := parseCPUs(got)
	return ok && string(mask) == string(want.([]byte))
}

package unit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// cpuWeightIdle is systemd's CPUWeight=idle on the bus (CGROUP_WEIGHT_IDLE).
const cpuWeightIdle = uint64(0)

// cpus reads "1.5" as microseconds of CPU time per second. The kernel keeps
// quotas from 1 ms in periods up to 1 s, so 0.001 is the least there is.
func cpus(s string) (any, error) {
	return quota(s, 1e6, `want a number of CPUs such as "0.5" or "2", at least 0.001, or "infinity"`)
}

// cpuPercent reads CPUQuota=150% likewise.
func cpuPercent(s string) (any, error) {
	const want = `want a percentage of one CPU such as "150%", or "infinity"`
	number, ok := strings.CutSuffix(s, "%")
	if !ok && s != "infinity" {
		return nil, errors.New(want)
	}
	return quota(number, 1e4, want)
}

func quota(number string, usec uint64, want string) (any, error) {
	if number == "infinity" {
		return Infinity, nil
	}
	n, ok := scale(number, usec)
	if !ok || n < 1000 || n > 1e6*65536 {
		return nil, errors.New(want)
	}
	return n, nil
}

// quotaHolds compares cpu.max, "QUOTA PERIOD". On v1 the proof puts quota and
// period into that form. systemd stretches the period for small quotas.
func quotaHolds(want any, got string) bool {
	quota, period, _ := strings.Cut(got, " ")
	if want == Infinity {
		return quota == "max" || quota == "-1"
	}
	p, err := strconv.ParseUint(period, 10, 32)
	if err != nil {
		return false
	}
	return quota == strconv.FormatUint(want.(uint64)*p/1e6, 10)
}

func cpuWeight(s string) (any, error) {
	if s == "idle" {
		return cpuWeightIdle, nil
	}
	return weight(s, `want a weight from 1 to 10000 (100 is the usual), or "idle"`)
}

func weight(s, want string) (any, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || !digits(s) || n < 1 || n > 10000 {
		return nil, errors.New(want)
	}
	return n, nil
}

// weightHolds compares cpu.weight; the proof reads cpu.idle's 1 as "idle".
func weightHolds(want any, got string) bool {
	if want == cpuWeightIdle {
		return got == "idle"
	}
	return got == fmt.Sprint(want)
}

// sharesHold compares v1's cpu.shares: systemd's cgroup_weight_to_shares
// maps 100 to 1024, and the kernel takes no less than 2.
func sharesHold(want any, got string) bool {
	if want == cpuWeightIdle {
		return got == "idle"
	}
	return got == strconv.FormatUint(max(2, want.(uint64)*1024/100), 10)
}

// cpuSet reads a list such as "0-2,5" as systemd's little-endian bit mask.
func cpuSet(s string) (any, error) {
	mask, ok := parseCPUs(strings.ReplaceAll(s, " ", ","))
	if !ok || len(mask) == 0 {
		return nil, errors.New(`want a list of CPUs such as "0-2,5"`)
	}
	return mask, nil
}

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

// cpuSetHolds compares as sets: the kernel writes lists its own way.
func cpuSetHolds(want any, got string) bool {
	mask, ok := parseCPUs(got)
	return ok && string(mask) == string(want.([]byte))
}

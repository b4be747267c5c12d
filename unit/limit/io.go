package limit

import (
	"errors"
	"strconv"
	"strings"
)

// deviceLimit is one element of systemd's a(st): a path and a rate.
type deviceLimit struct {
	Path string
	Rate uint64
}

// ioWeight is a share of disk time.
type ioWeight struct{ plain }

func (ioWeight) read(s string) (any, error) {
	return parseWeight(s, "want a weight from 1 to 10000 (100 is the usual)")
}

func (k ioWeight) setting(s string) (any, error) { return k.read(s) }

// kernel: where the BFQ scheduler alone weighs, its file says it.
func (ioWeight) kernel(file string, read func(string) (string, error)) (string, error) {
	weight, err := read(file)
	if err != nil {
		if bfq, err := read("io.bfq.weight"); err == nil {
			return bfqWord + bfq, nil
		}
	}
	return weight, err
}

// bfqWord tells a weight of BFQ's scale from io.weight's.
const bfqWord = "bfq "

// holds compares io.weight's "default N" line, or io.bfq.weight's.
func (ioWeight) holds(want any, got string, _ bool) bool {
	weight := want.(uint64)
	got, isBFQ := strings.CutPrefix(got, bfqWord)
	if isBFQ {
		weight = bfqWeight(weight)
	}
	line, _, _ := strings.Cut(got, "\n")
	return strings.TrimPrefix(line, "default ") == strconv.FormatUint(weight, 10)
}

// bfqWeight is systemd's BFQ_WEIGHT: 1 to 10000 onto 1 to 1000, with 100 for 100.
func bfqWeight(weight uint64) uint64 {
	if weight <= 100 {
		return weight
	}
	return 100 + (weight-100)*(1000-100)/(10000-100)
}

// ioMax are rates of devices.
type ioMax struct {
	plain
	key        string // in io.max
	operations bool   // of them, not of bytes
}

func (k ioMax) read(s string) (any, error) {
	if k.operations {
		n := func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 63) }
		return deviceLimits(s, n, `want DEV:RATE in operations a second, such as "/dev/sda:1000"`)
	}
	return deviceLimits(s, ParseSize, `want DEV:RATE in bytes a second, such as "/dev/sda:10M"`)
}

// setting reads "PATH RATE"; systemd counts rates by 1000.
func (k ioMax) setting(s string) (any, error) {
	const want = `want a disk, or a file on one, and a rate by 1000, such as "/dev/sda 10M"`
	value, err := perDevice(s, want, func(s string) (uint64, bool) {
		if s == "infinity" {
			return Infinity, true
		}
		n, ok := parseBytes(s, 1000)
		return n, ok && n > 0
	})
	if err != nil {
		return nil, err
	}
	one := value.([]deviceLimit)
	disk, err := sysfs("/sys").disk(one[0].Path)
	one[0].Path = devNode + disk
	return one, err
}

// unitText has a line for each disk, its rate without a suffix: systemd's count by
// 1000.
func (ioMax) unitText(value any, _ string) (lines []string) {
	for _, one := range value.([]deviceLimit) {
		rate := "infinity"
		if one.Rate != Infinity {
			rate = strconv.FormatUint(one.Rate, 10)
		}
		lines = append(lines, one.Path+" "+rate)
	}
	return lines
}

// mostOperations is what the kernel keeps as "max" (tg_set_limit clips to UINT_MAX).
const mostOperations = 1<<32 - 1

// holds compares io.max: "MAJ:MIN rbps=N wbps=max riops=max wiops=max".
func (k ioMax) holds(want any, got string, _ bool) bool {
	for _, limit := range want.([]deviceLimit) {
		value := ioMaxOf(got, strings.TrimPrefix(limit.Path, devNode), k.key)
		beyond := (limit.Rate == Infinity || k.operations && limit.Rate >= mostOperations) && value == "max"
		if value != strconv.FormatUint(limit.Rate, 10) && !beyond {
			return false
		}
	}
	return true
}

// deviceLimits reads DEV:RATE, several joined by newlines (a repeated flag). The
// limits name disks, each once: of two rates for one disk the last counts, and
// systemd writes all four of a disk's in one line, for each path anew.
func deviceLimits(s string, rate func(string) (uint64, error), want string) (any, error) {
	var limits []deviceLimit
	for item := range strings.SplitSeq(s, "\n") {
		i := strings.LastIndexByte(item, ':')
		if i < 1 || item[0] != '/' {
			return nil, errors.New(want)
		}
		n, err := rate(item[i+1:])
		if err != nil || n == 0 || n == Infinity {
			return nil, errors.New(want)
		}
		disk, err := sysfs("/sys").disk(item[:i])
		if err != nil {
			return nil, err
		}
		limits = setRate(limits, deviceLimit{devNode + disk, n})
	}
	return limits, nil
}

func setRate(limits []deviceLimit, one deviceLimit) []deviceLimit {
	for i := range limits {
		if limits[i].Path == one.Path {
			limits[i].Rate = one.Rate
			return limits
		}
	}
	return append(limits, one)
}

// ioMaxOf is "max" for a device without a line.
func ioMaxOf(content, device, key string) string {
	for line := range strings.Lines(content) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != device {
			continue
		}
		for _, field := range fields[1:] {
			if value, ok := strings.CutPrefix(field, key+"="); ok {
				return value
			}
		}
	}
	return "max"
}

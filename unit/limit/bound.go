package limit

import (
	"slices"
	"strconv"
	"strings"
)

// least is the smaller of two numbers. The rest of this file has each kind be bounding.
func least(a, b any) any { return min(a.(uint64), b.(uint64)) }

func (size) inForce(content string) (any, bool) {
	n, err := strconv.ParseUint(content, 10, 64)
	return n, err == nil && n < maxBytes(pageSize())
}

func (size) tighter(a, b any) any { return least(a, b) }

func (size) flagText(value any) string {
	n := value.(uint64)
	if n > 0 && n%(1<<20) == 0 {
		return strconv.FormatUint(n>>20, 10) + "M"
	}
	return strconv.FormatUint(n, 10)
}

func (count) inForce(content string) (any, bool) {
	n, err := strconv.ParseUint(content, 10, 64)
	return n, err == nil
}

func (count) tighter(a, b any) any { return least(a, b) }

func (count) flagText(value any) string { return strconv.FormatUint(value.(uint64), 10) }

func (quota) inForce(content string) (any, bool) {
	quota, period, _ := strings.Cut(content, " ")
	q, err1 := strconv.ParseUint(quota, 10, 40)
	p, err2 := strconv.ParseUint(period, 10, 40)
	if err1 != nil || err2 != nil || p == 0 {
		return nil, false
	}
	return max(q*1e6/p, leastQuota), true
}

func (quota) tighter(a, b any) any { return least(a, b) }

func (quota) flagText(value any) string {
	return strconv.FormatFloat(float64(value.(uint64))/1e6, 'f', -1, 64)
}

func (cpuSet) inForce(content string) (any, bool) {
	mask, ok := parseCPUs(content)
	return mask, ok
}

func (cpuSet) tighter(a, b any) any {
	one, other := a.([]byte), b.([]byte)
	both := make([]byte, min(len(one), len(other)))
	for i := range both {
		both[i] = one[i] & other[i]
	}
	return both
}

func (cpuSet) flagText(value any) string {
	var cpus []string
	for i, bits := range value.([]byte) {
		for bit := range 8 {
			if bits&(1<<bit) != 0 {
				cpus = append(cpus, strconv.Itoa(i*8+bit))
			}
		}
	}
	return strings.Join(cpus, ",")
}

// inForce reads all devices' lines of io.max.
func (k ioMax) inForce(content string) (any, bool) {
	var limits []deviceLimit
	for line := range strings.Lines(content) {
		device, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if rate, err := strconv.ParseUint(ioMaxOf(line, device, k.key), 10, 64); err == nil {
			limits = append(limits, deviceLimit{devNode + device, rate})
		}
	}
	return limits, len(limits) > 0
}

// tighter has the devices of both.
func (ioMax) tighter(a, b any) any {
	both := slices.Clone(a.([]deviceLimit))
	for _, one := range b.([]deviceLimit) {
		i := slices.IndexFunc(both, func(have deviceLimit) bool { return have.Path == one.Path })
		switch {
		case i < 0:
			both = append(both, one)
		default:
			both[i].Rate = min(both[i].Rate, one.Rate)
		}
	}
	return both
}

func (ioMax) flagText(value any) string {
	var lines []string
	for _, one := range value.([]deviceLimit) {
		lines = append(lines, one.Path+":"+strconv.FormatUint(one.Rate, 10))
	}
	return strings.Join(lines, "\n")
}

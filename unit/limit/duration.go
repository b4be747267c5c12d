package limit

import (
	"errors"
	"strings"
)

var errDuration = errors.New(`want a time such as "30s", "1h 30min", "500ms", or seconds`)

// usecPer is a time unit of systemd.time(7) in microseconds; 0 for no unit.
func usecPer(unit string) uint64 {
	switch unit {
	case "us", "usec":
		return 1
	case "ms", "msec":
		return 1e3
	case "", "s", "sec", "second", "seconds":
		return 1e6
	case "m", "min", "minute", "minutes":
		return 60e6
	case "h", "hr", "hour", "hours":
		return 3600e6
	case "d", "day", "days":
		return 86400e6
	case "w", "week", "weeks":
		return 604800e6
	}
	return 0
}

// ParseDuration reads a time span of systemd.time(7) in microseconds: numbers
// with units, added up ("1h 30min", "1h30m", "2.5s"); a bare number counts
// seconds; "infinity" is Infinity. Months and years are not taken: nobody
// means 30.44 days. Errors: anything else.
func ParseDuration(s string) (uint64, error) { return parseTime(s, 1e6, usecPer) }

// parseSpan is the same with months and years, as systemd has it in unit files; a
// bare number counts that many microseconds each.
func parseSpan(s string, bare uint64) (uint64, error) {
	return parseTime(s, bare, func(unit string) uint64 {
		switch unit {
		case "M", "month", "months":
			return 2629800e6
		case "y", "year", "years":
			return 31557600e6
		case "µs", "μs":
			return 1
		}
		return usecPer(unit)
	})
}

// parseTime adds up the numbers with units of a text.
func parseTime(s string, bare uint64, usecPer func(unit string) uint64) (uint64, error) {
	if s == "infinity" {
		return Infinity, nil
	}
	rest := strings.TrimLeft(s, " ")
	total := uint64(0)
	for first := true; first || rest != ""; first = false {
		number, name, tail := cutSpan(rest)
		unit := usecPer(name)
		if name == "" {
			unit = bare
		}
		usec, ok := scale(number, unit)
		if unit == 0 || !ok || total+usec < total || total+usec == Infinity {
			return 0, errDuration
		}
		total, rest = total+usec, tail
	}
	return total, nil
}

// cutSpan splits "1h 30min" into "1", "h" and "30min".
func cutSpan(s string) (number, name, rest string) {
	number, s = cutWhile(s, "0123456789.")
	name, rest = cutWhile(strings.TrimLeft(s, " "), "abcdefghijklmnopqrstuvwxyzMµμ")
	return number, name, strings.TrimLeft(rest, " ")
}

func cutWhile(s, set string) (head, tail string) {
	tail = strings.TrimLeft(s, set)
	return s[:len(s)-len(tail)], tail
}

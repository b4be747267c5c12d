package unit

import (
	"errors"
	"strings"
)

var errDuration = errors.New(`want a time such as "30s", "1h 30min", "500ms", or seconds`)

// usecPer holds the time units of systemd.time(7) in microseconds.
var usecPer = map[string]uint64{
	"us": 1, "usec": 1,
	"ms": 1e3, "msec": 1e3,
	"": 1e6, "s": 1e6, "sec": 1e6, "second": 1e6, "seconds": 1e6,
	"m": 60e6, "min": 60e6, "minute": 60e6, "minutes": 60e6,
	"h": 3600e6, "hr": 3600e6, "hour": 3600e6, "hours": 3600e6,
	"d": 86400e6, "day": 86400e6, "days": 86400e6,
	"w": 604800e6, "week": 604800e6, "weeks": 604800e6,
}

// ParseDuration reads a time span of systemd.time(7) in microseconds: numbers
// with units, added up ("1h 30min", "1h30m", "2.5s"); a bare number counts
// seconds; "infinity" is Infinity. Months and years are not taken: nobody
// means 30.44 days. Errors: anything else.
func ParseDuration(s string) (uint64, error) {
	if s == "infinity" {
		return Infinity, nil
	}
	rest := strings.TrimLeft(s, " ")
	total := uint64(0)
	for first := true; first || rest != ""; first = false {
		number, name, tail := cutSpan(rest)
		unit, known := usecPer[name]
		usec, ok := scale(number, unit)
		if !known || !ok || total+usec < total || total+usec == Infinity {
			return 0, errDuration
		}
		total, rest = total+usec, tail
	}
	return total, nil
}

// cutSpan splits "1h 30min" into "1", "h" and "30min".
func cutSpan(s string) (number, name, rest string) {
	number, s = cutWhile(s, "0123456789.")
	name, rest = cutWhile(strings.TrimLeft(s, " "), "abcdefghijklmnopqrstuvwxyz")
	return number, name, strings.TrimLeft(rest, " ")
}

func cutWhile(s, set string) (head, tail string) {
	tail = strings.TrimLeft(s, set)
	return s[:len(s)-len(tail)], tail
}

package limit

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// The readers here take what unit files have (systemd.syntax(7)), as systemd-run
// does for -p (src/shared/bus-unit-util.c).

func text(s string) (any, error) { return s, nil }

// words are separated by white space; quotes keep them together.
func words(s string) (any, error) {
	found := []string{}
	for s = strings.TrimLeft(s, blanks); s != ""; s = strings.TrimLeft(s, blanks) {
		word, rest, err := cutWord(s)
		if err != nil {
			return nil, err
		}
		found, s = append(found, word), rest
	}
	return found, nil
}

const blanks = " \t\n\r"

func cutWord(s string) (word, rest string, err error) {
	if quote := s[0]; quote == '"' || quote == '\'' {
		word, rest, ok := strings.Cut(s[1:], s[:1])
		if !ok {
			return "", "", errors.New("want every quote closed")
		}
		return word, rest, nil
	}
	if i := strings.IndexAny(s, blanks); i >= 0 {
		return s[:i], s[i:], nil
	}
	return s, "", nil
}

// knownControllers are systemd's names (cgroup_controller_table of
// src/basic/cgroup-util.c).
const knownControllers = " cpu cpuacct cpuset io blkio memory devices pids bpf-firewall bpf-devices bpf-foreign " +
	"bpf-socket-bind bpf-restrict-network-interfaces "

func controllers(s string) (any, error) {
	for _, name := range strings.Fields(s) {
		if !strings.Contains(knownControllers, " "+name+" ") {
			return nil, errors.New(`want controllers such as "memory pids", or for Delegate yes or no`)
		}
	}
	return words(s)
}

func boolean(s string) (any, error) {
	switch strings.ToLower(s) {
	case "1", "yes", "y", "true", "t", "on":
		return true, nil
	case "0", "no", "n", "false", "f", "off":
		return false, nil
	}
	return nil, errors.New("want yes or no")
}

// parseBytes adds up numbers with suffixes, the larger first: "1G 500M". unit is
// what K is: 1024 for memory, 1000 for rates.
func parseBytes(s string, unit uint64) (uint64, bool) {
	const suffixes = "BKMGTPE"
	total, least := uint64(0), len(suffixes)
	for first := true; first || s != ""; first = false {
		var number string
		number, s = cutWhile(strings.TrimLeft(s, blanks), "0123456789.")
		s = strings.TrimLeft(s, blanks)
		power := 0
		if s != "" {
			if power = strings.IndexByte(suffixes, s[0]&^0x20); power < 0 {
				return 0, false
			}
			s = s[1:]
		}
		factor := uint64(1)
		for range power {
			factor *= unit
		}
		n, ok := scale(number, factor)
		if !ok || power >= least || total+n < total {
			return 0, false
		}
		total, least = total+n, power
	}
	return total, true
}

// share reads "33.3%" (or ‰, ‱) as ten-thousandths.
func share(s string) (uint64, bool) {
	for suffix, parts := range map[string]uint64{"%": 100, "‰": 10, "‱": 1} {
		if number, ok := strings.CutSuffix(s, suffix); ok {
			n, ok := scale(number, parts)
			return n, ok && n <= 10000
		}
	}
	return 0, false
}

// scaled is a share as systemd passes it round: 2^32-1 is all
// (UINT32_SCALE_FROM_PERMYRIAD).
func scaled(permyriad uint64) uint64 { return (permyriad*(1<<32-1) + 5000) / 10000 }

// permyriad reads "80%" as a share of 2^32-1.
func permyriad(s string) (any, error) {
	n, ok := share(s)
	if !ok {
		return nil, errors.New("want a percentage from 0% to 100%")
	}
	return uint32(scaled(n)), nil
}

// The real-time signals that programs see: glibc keeps the kernel's first two.
const (
	rtMin = 34
	rtMax = 64
)

func signal(s string) (any, error) {
	n, err := ParseSignal(s)
	return int32(n), err
}

// ParseSignal reads a signal as people write it: "SIGTERM", "TERM", "RTMIN+1", "15".
func ParseSignal(s string) (syscall.Signal, error) {
	if n := signalNumber(s); n > 0 {
		return syscall.Signal(n), nil
	}
	return 0, errors.New("want a signal such as SIGTERM, SIGRTMIN+1 or 15")
}

// signalNumber is the number of "SIGTERM", "TERM", "RTMIN+1" or "15"; 0 when there
// is none.
func signalNumber(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		if n > rtMax {
			return 0
		}
		return max(n, 0)
	}
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	for prefix, base := range map[string]int{"RTMIN": rtMin, "RTMAX": rtMax} {
		if offset, ok := strings.CutPrefix(name, prefix); ok {
			return realTime(base, offset)
		}
	}
	return int(unix.SignalNum("SIG" + name))
}

// realTime is RTMIN+n, or RTMAX-n.
func realTime(base int, offset string) int {
	if offset == "" {
		return base
	}
	n, err := strconv.Atoi(offset)
	if err != nil || base+n < rtMin || base+n > rtMax || offset[0] != '+' && offset[0] != '-' {
		return 0
	}
	return base + n
}

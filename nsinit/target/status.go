package target

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Status is what /proc/PID/status says of its rights (proc(5)). Ids are as they are
// seen from here.
type Status struct {
	UID, GID             [3]uint32 // real, effective, saved
	Groups               []uint32
	Permitted, Effective uint64 // capabilities, bit N for number N
	Bound, Ambient       uint64
	NoNewPrivs           bool
	Umask                int
	mode, filters        int // of seccomp
}

var ofStatus = []string{
	"State", "Umask", "Uid", "Gid", "Groups", "CapPrm", "CapEff", "CapBnd", "CapAmb",
	"NoNewPrivs", "Seccomp", "Seccomp_filters",
}

// ofInterest leaves only the lines that say what the process is, not what it does.
func ofInterest(status string) string {
	var lines []string
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		if name == "State" && !strings.Contains(value, "Z") && !strings.Contains(value, "X") {
			continue
		}
		if slices.Contains(ofStatus, name) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// optional are the lines of what has ended, and of a kernel with seccomp.
func optional(name string) bool { return name == "State" || strings.HasPrefix(name, "Seccomp") }

var errStatus = errors.New("its /proc/PID/status is not what slimrun knows")

// parseStatus reads the lines of ofStatus. Errors: one is missing, or says something else than
// slimrun knows: what it would mean is not guessed.
func parseStatus(text string) (s Status, err error) {
	missing := slices.DeleteFunc(slices.Clone(ofStatus), optional)
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		var failed error
		switch name {
		case "State":
			return s, errors.New("its main thread has ended")
		case "Umask":
			s.Umask, failed = number(fields, 8)
		case "Uid":
			s.UID, failed = three(fields)
		case "Gid":
			s.GID, failed = three(fields)
		case "Groups":
			s.Groups, failed = ids(fields)
		case "CapPrm":
			s.Permitted, failed = mask(fields)
		case "CapEff":
			s.Effective, failed = mask(fields)
		case "CapBnd":
			s.Bound, failed = mask(fields)
		case "CapAmb":
			s.Ambient, failed = mask(fields)
		case "NoNewPrivs":
			var n int
			n, failed = number(fields, 10)
			s.NoNewPrivs = n != 0
		case "Seccomp":
			s.mode, failed = number(fields, 10)
		case "Seccomp_filters":
			s.filters, failed = number(fields, 10)
		}
		if failed != nil {
			return s, fmt.Errorf("%w: %q", errStatus, line)
		}
		missing = slices.DeleteFunc(missing, func(one string) bool { return one == name })
	}
	if len(missing) > 0 {
		return s, fmt.Errorf("%w: it lacks %s", errStatus, strings.Join(missing, ", "))
	}
	return s, nil
}

func number(fields []string, base int) (int, error) {
	if len(fields) != 1 {
		return 0, errStatus
	}
	n, err := strconv.ParseInt(fields[0], base, 32)
	return int(n), err
}

func mask(fields []string) (uint64, error) {
	if len(fields) != 1 {
		return 0, errStatus
	}
	return strconv.ParseUint(fields[0], 16, 64)
}

func ids(fields []string) (list []uint32, err error) {
	for _, field := range fields {
		n, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return nil, err
		}
		list = append(list, uint32(n))
	}
	return list, nil
}

// three leaves out the fourth, of file systems, which follows the effective one at an
// exec.
func three(fields []string) (all [3]uint32, err error) {
	list, err := ids(fields)
	if err != nil || len(list) != 4 {
		return all, errStatus
	}
	copy(all[:], list)
	return all, nil
}

package target

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Attributes are its own limits, beside those of its cgroup.
type Attributes struct {
	Rlimits     [rlimits]unix.Rlimit
	Nice        int
	Policy      int // SCHED_*; a real-time one is no target's to hand on
	OOMScoreAdj int
}

// rlimits is how many there are: the last one is for real-time processes.
const rlimits = unix.RLIMIT_RTTIME + 1

func (t *Target) readAttributes() (err error) {
	a := &t.Attributes
	text, err := os.ReadFile(t.proc("limits"))
	if err != nil {
		return err
	}
	if a.Rlimits, err = parseLimits(string(text)); err != nil {
		return err
	}
	if a.OOMScoreAdj, err = score(t.PID); err != nil {
		return err
	}
	a.Nice, a.Policy, err = schedule(t.PID)
	return err
}

var errLimits = errors.New("its /proc/PID/limits is not what slimrun knows")

// parseLimits reads /proc/PID/limits, a line each, in the order of their numbers, below
// a heading: prlimit(2) takes a capability where this is for everybody.
func parseLimits(text string) (all [rlimits]unix.Rlimit, err error) {
	const name = 26 // its width
	lines := strings.Split(text, "\n")
	if len(lines) < len(all)+1 {
		return all, errLimits
	}
	for resource, line := range lines[1 : len(all)+1] {
		fields := strings.Fields(line[min(name, len(line)):])
		if len(fields) < 2 {
			return all, errLimits
		}
		soft, err1 := parseLimit(fields[0])
		hard, err2 := parseLimit(fields[1])
		if err := errors.Join(err1, err2); err != nil {
			return all, err
		}
		all[resource] = unix.Rlimit{Cur: soft, Max: hard}
	}
	return all, nil
}

func parseLimit(text string) (uint64, error) {
	if text == "unlimited" {
		return unix.RLIM_INFINITY, nil
	}
	return strconv.ParseUint(text, 10, 64)
}

func score(pid int) (int, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/oom_score_adj")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// schedule reads /proc/PID/stat (proc(5)); the name in it may hold anything.
func schedule(pid int) (nice, policy int, err error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, 0, err
	}
	const niceAt, policyAt = 19 - 3, 41 - 3 // behind the name
	fields := strings.Fields(string(text)[strings.LastIndexByte(string(text), ')')+1:])
	if len(fields) <= policyAt {
		return 0, 0, errors.New("its /proc/PID/stat is not what slimrun knows")
	}
	nice, err1 := strconv.Atoi(fields[niceAt])
	policy, err2 := strconv.Atoi(fields[policyAt])
	if policy != unix.SCHED_BATCH && policy != unix.SCHED_IDLE {
		policy = unix.SCHED_NORMAL
	}
	return nice, policy, errors.Join(err1, err2)
}

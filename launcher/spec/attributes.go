package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit"
)

// AttributeRequest is what the command line says of the payload's process.
type AttributeRequest struct {
	Ulimits     []string // NAME=SOFT[:HARD]
	Nice        *string
	OOMScoreAdj *string
	CPUSched    *string
}

// resources by the names that Docker and prlimit have for them.
var resources = map[string]int{
	"as": unix.RLIMIT_AS, "core": unix.RLIMIT_CORE, "cpu": unix.RLIMIT_CPU, "data": unix.RLIMIT_DATA,
	"fsize": unix.RLIMIT_FSIZE, "locks": unix.RLIMIT_LOCKS, "memlock": unix.RLIMIT_MEMLOCK,
	"msgqueue": unix.RLIMIT_MSGQUEUE, "nice": unix.RLIMIT_NICE, "nofile": unix.RLIMIT_NOFILE,
	"nproc": unix.RLIMIT_NPROC, "rss": unix.RLIMIT_RSS, "rtprio": unix.RLIMIT_RTPRIO,
	"rttime": unix.RLIMIT_RTTIME, "sigpending": unix.RLIMIT_SIGPENDING, "stack": unix.RLIMIT_STACK,
}

// Resource is the kernel's number of a limit that --ulimit names.
func Resource(name string) int { return resources[name] }

// policies by the names of systemd's CPUSchedulingPolicy=.
var policies = map[string]int{"normal": unix.SCHED_NORMAL, "batch": unix.SCHED_BATCH, "idle": unix.SCHED_IDLE}

// readAttributes reads them. The error joins every problem.
func readAttributes(request AttributeRequest) (a nsinit.Attributes, err error) {
	var problems []error
	note := func(err error) { problems = append(problems, err) }
	for _, text := range request.Ulimits {
		limit, err := parseUlimit(text)
		note(err)
		a.Rlimits = append(a.Rlimits, limit)
	}
	a.Nice, err = setting("--nice", request.Nice, -20, 19)
	note(err)
	a.OOMScoreAdj, err = setting("--oom-score-adj", request.OOMScoreAdj, -1000, 1000)
	note(err)
	if request.CPUSched != nil {
		policy, ok := policies[*request.CPUSched]
		if !ok {
			note(fmt.Errorf("--cpu-sched %q: want normal, batch or idle", *request.CPUSched))
		}
		a.Policy = nsinit.Setting{Given: true, Value: policy}
	}
	return a, errors.Join(problems...)
}

// setting reads a number within bounds, where it is given.
func setting(flag string, text *string, least, most int) (nsinit.Setting, error) {
	if text == nil {
		return nsinit.Setting{}, nil
	}
	n, err := strconv.Atoi(*text)
	if err != nil || n < least || n > most {
		return nsinit.Setting{}, fmt.Errorf("%s %q: want a number from %d to %d", flag, *text, least, most)
	}
	return nsinit.Setting{Given: true, Value: n}, nil
}

// parseUlimit reads NAME=SOFT[:HARD], as Docker has it: a soft limit alone is
// the hard one too, and -1 is unlimited.
func parseUlimit(text string) (limit nsinit.Rlimit, err error) {
	name, value, hasValue := strings.Cut(text, "=")
	resource, known := resources[name]
	soft, hard, both := strings.Cut(value, ":")
	if !both {
		hard = soft
	}
	limit = nsinit.Rlimit{Name: name, Resource: resource}
	var softErr, hardErr error
	limit.Soft, softErr = ulimitValue(soft)
	limit.Hard, hardErr = ulimitValue(hard)
	switch {
	case !known:
		return limit, fmt.Errorf("--ulimit %q: want a limit's name before the =: %s", text, strings.Join(slices.Sorted(maps.Keys(resources)), ", "))
	case !hasValue || softErr != nil || hardErr != nil:
		return limit, fmt.Errorf(`--ulimit %q: want NAME=SOFT[:HARD], plain numbers or "unlimited"`, text)
	case limit.Soft > limit.Hard:
		return limit, fmt.Errorf("--ulimit %q: the soft limit is above the hard one", text)
	}
	return limit, nil
}

func ulimitValue(text string) (uint64, error) {
	if text == "unlimited" || text == "infinity" || text == "-1" {
		return unix.RLIM_INFINITY, nil
	}
	return strconv.ParseUint(text, 10, 63)
}

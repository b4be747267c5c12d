package spec

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/limit"
)

// processFlags are about the payload's process itself: systemd refuses a scope
// these.
func (d *Draft) processFlags() grammar.Flags {
	const group = "Process"
	a := &d.spec.Attributes
	return grammar.Flags{
		{
			Name: "ulimit", Group: group, Placeholder: "NAME=SOFT[:HARD]", Value: grammar.Each(d.addUlimit),
			Help: "A resource limit of each process, such as nofile=1024:4096; repeatable.",
		},
		{
			Name: "nice", Group: group, Placeholder: "N", Value: grammar.Read(within(&a.Nice, -20, 19)),
			Help: "Nice value, -20 to 19.",
		},
		{
			Name: "oom-score-adj", Group: group, Placeholder: "N",
			Value: grammar.Read(within(&a.OOMScoreAdj, -1000, 1000)),
			Help:  "Who is killed first when memory is short: -1000 (never) to 1000.",
		},
		{
			Name: "cpu-sched", Group: group, Placeholder: "normal|batch|idle", Value: grammar.Read(d.setPolicy),
			Help: "Scheduling policy.",
		},
	}
}

// resource is a limit of the kernel's by the name that Docker and prlimit have for
// it.
type resource struct {
	name   string
	number int
	bytes  bool // its values are sizes
}

// A table costs a start nothing; a map would be built at each.
var resources = []resource{
	{"as", unix.RLIMIT_AS, true},
	{"core", unix.RLIMIT_CORE, true},
	{"cpu", unix.RLIMIT_CPU, false},
	{"data", unix.RLIMIT_DATA, true},
	{"fsize", unix.RLIMIT_FSIZE, true},
	{"locks", unix.RLIMIT_LOCKS, false},
	{"memlock", unix.RLIMIT_MEMLOCK, true},
	{"msgqueue", unix.RLIMIT_MSGQUEUE, true},
	{"nice", unix.RLIMIT_NICE, false},
	{"nofile", unix.RLIMIT_NOFILE, false},
	{"nproc", unix.RLIMIT_NPROC, false},
	{"rss", unix.RLIMIT_RSS, true},
	{"rtprio", unix.RLIMIT_RTPRIO, false},
	{"rttime", unix.RLIMIT_RTTIME, false},
	{"sigpending", unix.RLIMIT_SIGPENDING, false},
	{"stack", unix.RLIMIT_STACK, true},
}

func findResource(name string) (resource, bool) {
	i := slices.IndexFunc(resources, func(r resource) bool { return r.name == name })
	if i < 0 {
		return resource{}, false
	}
	return resources[i], true
}

// Resource is the kernel's number of a limit that --ulimit names.
func Resource(name string) int {
	known, _ := findResource(name)
	return known.number
}

// setPolicy takes the names of systemd's CPUSchedulingPolicy=.
func (d *Draft) setPolicy(text string) error {
	policy := &d.spec.Attributes.Policy
	switch text {
	case "normal":
		*policy = nsinit.Setting{Given: true, Value: unix.SCHED_NORMAL}
	case "batch":
		*policy = nsinit.Setting{Given: true, Value: unix.SCHED_BATCH}
	case "idle":
		*policy = nsinit.Setting{Given: true, Value: unix.SCHED_IDLE}
	default:
		return errors.New("want normal, batch or idle")
	}
	return nil
}

// within reads a number within bounds.
func within(to *nsinit.Setting, least, most int) func(string) error {
	return func(text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			return fmt.Errorf("want a number from %d to %d", least, most)
		}
		*to = nsinit.Setting{Given: true, Value: n}
		return nil
	}
}

func (d *Draft) addUlimit(text string) error {
	parsed, err := parseUlimit(text)
	d.spec.Attributes.Rlimits = append(d.spec.Attributes.Rlimits, parsed)
	return err
}

// parseUlimit reads NAME=SOFT[:HARD], as Docker has it: a soft limit alone is
// the hard one too, and -1 is unlimited.
func parseUlimit(text string) (parsed nsinit.Rlimit, err error) {
	name, value, hasValue := strings.Cut(text, "=")
	known, ok := findResource(name)
	soft, hard, both := strings.Cut(value, ":")
	if !both {
		hard = soft
	}
	parsed = nsinit.Rlimit{Name: name, Resource: known.number}
	var softErr, hardErr error
	parsed.Soft, softErr = known.value(soft)
	parsed.Hard, hardErr = known.value(hard)
	switch {
	case !ok:
		return parsed, fmt.Errorf("want a limit's name before the =: %s", resourceNames())
	case !hasValue || softErr != nil || hardErr != nil:
		return parsed, fmt.Errorf(`want NAME=SOFT[:HARD], %s or "unlimited"`, known.wanted())
	case parsed.Soft > parsed.Hard:
		return parsed, errors.New("the soft limit is above the hard one")
	}
	return parsed, nil
}

func resourceNames() string {
	var names []string
	for _, known := range resources {
		names = append(names, known.name)
	}
	return strings.Join(names, ", ")
}

func (r resource) value(text string) (uint64, error) {
	switch {
	case text == "unlimited" || text == "infinity" || text == "-1":
		return unix.RLIM_INFINITY, nil
	case r.bytes && strings.HasSuffix(text, "%"):
		return 0, strconv.ErrSyntax
	case r.bytes && strings.Trim(text, "0123456789") != "":
		return limit.ParseSize(text)
	}
	return strconv.ParseUint(text, 10, 63)
}

func (r resource) wanted() string {
	if r.bytes {
		return `sizes such as "100M"`
	}
	return "plain numbers"
}

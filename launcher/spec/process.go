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
			Name: "oom-score-adj", Group: group, Placeholder: "N", Value: grammar.Read(within(&a.OOMScoreAdj, -1000, 1000)),
			Help: "Who is killed first when memory is short: -1000 (never) to 1000.",
		},
		{
			Name: "cpu-sched", Group: group, Placeholder: "normal|batch|idle", Value: grammar.Read(d.setPolicy),
			Help: "Scheduling policy.",
		},
	}
}

// named is a constant of the kernel's by the name that people have for it. A
// table of them costs a start nothing; a map would be built at each.
type named struct {
	name  string
	value int
}

// resources by the names that Docker and prlimit have for them.
var resources = []named{
	{"as", unix.RLIMIT_AS},
	{"core", unix.RLIMIT_CORE},
	{"cpu", unix.RLIMIT_CPU},
	{"data", unix.RLIMIT_DATA},
	{"fsize", unix.RLIMIT_FSIZE},
	{"locks", unix.RLIMIT_LOCKS},
	{"memlock", unix.RLIMIT_MEMLOCK},
	{"msgqueue", unix.RLIMIT_MSGQUEUE},
	{"nice", unix.RLIMIT_NICE},
	{"nofile", unix.RLIMIT_NOFILE},
	{"nproc", unix.RLIMIT_NPROC},
	{"rss", unix.RLIMIT_RSS},
	{"rtprio", unix.RLIMIT_RTPRIO},
	{"rttime", unix.RLIMIT_RTTIME},
	{"sigpending", unix.RLIMIT_SIGPENDING},
	{"stack", unix.RLIMIT_STACK},
}

// policies by the names of systemd's CPUSchedulingPolicy=.
var policies = []named{{"normal", unix.SCHED_NORMAL}, {"batch", unix.SCHED_BATCH}, {"idle", unix.SCHED_IDLE}}

func find(table []named, name string) (value int, known bool) {
	i := slices.IndexFunc(table, func(n named) bool { return n.name == name })
	if i < 0 {
		return 0, false
	}
	return table[i].value, true
}

func names(table []named) string {
	var all []string
	for _, n := range table {
		all = append(all, n.name)
	}
	return strings.Join(all, ", ")
}

// Resource is the kernel's number of a limit that --ulimit names.
func Resource(name string) int {
	resource, _ := find(resources, name)
	return resource
}

func (d *Draft) setPolicy(text string) error {
	policy, ok := find(policies, text)
	if !ok {
		return errors.New("want " + names(policies))
	}
	d.spec.Attributes.Policy = nsinit.Setting{Given: true, Value: policy}
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
	limit, err := parseUlimit(text)
	d.spec.Attributes.Rlimits = append(d.spec.Attributes.Rlimits, limit)
	return err
}

// parseUlimit reads NAME=SOFT[:HARD], as Docker has it: a soft limit alone is
// the hard one too, and -1 is unlimited.
func parseUlimit(text string) (limit nsinit.Rlimit, err error) {
	name, value, hasValue := strings.Cut(text, "=")
	resource, known := find(resources, name)
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
		return limit, fmt.Errorf("want a limit's name before the =: %s", names(resources))
	case !hasValue || softErr != nil || hardErr != nil:
		return limit, errors.New(`want NAME=SOFT[:HARD], plain numbers or "unlimited"`)
	case limit.Soft > limit.Hard:
		return limit, errors.New("the soft limit is above the hard one")
	}
	return limit, nil
}

func ulimitValue(text string) (uint64, error) {
	if text == "unlimited" || text == "infinity" || text == "-1" {
		return unix.RLIM_INFINITY, nil
	}
	return strconv.ParseUint(text, 10, 63)
}

package main

import (
	"cmp"
	"fmt"
	"strings"
)

// A suite is one kind of machine and the users who run the scenarios on it.
type suite struct {
	name    string
	release string // of Debian; empty for this machine itself
	arch    string // of the machine; empty for this machine's
	init    string // what is PID 1; empty for systemd
	boot    string // what the kernel is told beside
	layer   string // what its image has beside the recipe; empty for nothing
	users   []string
	core    string // which scenarios run unless others are named; empty for all
	inStep  string // the core of the user who is called step
}

var allSuites = []suite{
	{name: "native", users: nativeUsers()},
	{name: "bookworm", release: "bookworm", users: []string{"root", "alice", "bob"}},
	{name: "trixie", release: "trixie", users: []string{"root", "alice", "bob"}},
	{name: "nosystemd", release: "trixie", init: "/usr/local/sbin/slimrun-init", users: []string{"root", "bob"}},
	{name: "arm64", release: "trixie", arch: "arm64", users: []string{"root", "alice"}, core: core},
	{
		name: "slurm", release: "trixie", layer: "slurm", users: []string{"root", "alice", "bob", step},
		core: slurmCore, inStep: stepCore,
	},
	{
		name: "slurm22", release: "bookworm", layer: "slurm", users: []string{"root", "alice"},
		core: slurm22Core,
	},
	{
		name: "slurmv1", release: "bookworm", layer: "slurm", boot: "systemd.unified_cgroup_hierarchy=0",
		users: []string{"root", "alice"}, core: slurmV1Core,
	},
}

// step is alice, whose tests are one step of a job of Slurm's.
const step = "step"

// The scenarios about Slurm; bookworm's has them all too, and shares them with nobody.
const (
	slurmCore   = "^slurm-"
	slurmV1Core = "^(slurm-detach|slurm-on|slurm-signals|slurm-step)$"
	slurm22Core = "^(slurm-detach|slurm-on|slurm-signals|slurm-step|slurm-swap|slurm-time)$"
)

// stepCore is what is the same in a step of 100M as anywhere: the others are about scopes,
// about limits that a step has not, or have --no-init.
var stepCore = "^(" + strings.Join([]string{
	"status", "args-workdir", "words-places", "attributes", "lost-end", "caller-limits", "caller-ignored", // a launch and its end
	"signals-each", "signals-init", "sigkill", // signals
	"terminal", "tty-shell", "tty-private", "tty-jobs", // the terminal
	"unshare", "root", "overlay", "map-root", "rights-root", // namespaces
	"guard", "security-init", "security-user-caps", "seccomp-dead", // capabilities, seccomp
}, "|") + ")$"

// core is what shows that slimrun works on a machine which is too slow for everything.
var core = "^(" + strings.Join([]string{
	"status", "exit-.*", "args-bytes", "args-program", "package", // a launch and its end
	"entry-both",
	"memory-.*", "sizes-kernel", "io-limits", "user-limits", "attributes", // each kind of limit
	"signals-each", "signals-init", "signals-kill", "sigkill", // signals
	"terminal", "tty-.*", // the terminal
	"unshare", "mounts", "root", "overlay", "identity", "map-.*", // namespaces
	"guard", "security-caps", "security-init", "seccomp-.*", // capabilities, seccomp
	"ps", "inspect", "manage-stop", "manage-update", "detach", "exec", // what manages a run
}, "|") + ")$"

func (s suite) native() bool { return s.release == "" }

// architecture is Debian's name for it, and Go's.
func (s suite) architecture() string { return cmp.Or(s.arch, here) }

// pattern is what go test is to run: those that are named, or else the suite's.
func (s suite) pattern(named string) string {
	if named = cmp.Or(named, s.core); named == "" {
		return "^TestScenarios$"
	}
	return "^TestScenarios$/(?:" + named + ")"
}

// env names one column of the table, such as "trixie/alice".
func (s suite) env(user string) string { return s.name + "/" + user }

// sharing are the columns, MACHINE/USER,..., that share the scenarios with this suite:
// those in which there is a manager for the user. A suite with a core shares it with
// none but its own.
func (s suite) sharing(suites []suite) string {
	var names []string
	for _, other := range suites {
		if other.native() || other.core != s.core {
			continue
		}
		for _, user := range other.users {
			if user != "bob" && user != step {
				names = append(names, other.env(user))
			}
		}
	}
	return strings.Join(names, ",")
}

func suiteNames() string {
	names := make([]string, len(allSuites))
	for i, s := range allSuites {
		names[i] = s.name
	}
	return strings.Join(names, " ")
}

// findSuites returns the named suites, or all of them when none is named.
func findSuites(names []string) ([]suite, error) {
	if len(names) == 0 {
		return allSuites, nil
	}
	var found []suite
	for _, name := range names {
		s, err := findSuite(name)
		if err != nil {
			return nil, err
		}
		found = append(found, s)
	}
	return found, nil
}

func findSuite(name string) (suite, error) {
	for _, s := range allSuites {
		if s.name == name {
			return s, nil
		}
	}
	return suite{}, fmt.Errorf("no suite is called %q: there are %s", name, suiteNames())
}

package spec

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
)

// insideFlags are about what the payload finds around it.
func (d *Draft) insideFlags() grammar.Flags {
	const group = "Inside"
	s := &d.spec
	return grammar.Flags{
		{
			Name: "hostname", Group: group, Placeholder: "NAME", Value: grammar.Read(d.setHostname),
			Help: "Host name inside.",
		},
		{
			Name: "workdir", Group: group, Placeholder: "DIR", Value: grammar.Text(&s.Workdir),
			Help: "Working directory of the command.",
		},
		{
			Name: "env", Group: group, Placeholder: "NAME=VALUE", Value: grammar.Each(d.addEnv),
			Help: "Set a variable; repeatable.",
		},
		{
			Name: "pass-fd", Group: group, Placeholder: "N", Value: grammar.All(d.setFDs),
			Help: "Leave this file descriptor open; repeatable. " +
				"One that an argument names, as <(...) does, and make's jobserver are left open anyway.",
		},
		{
			Name: "tell", Group: group, Value: grammar.Switch(&s.Tell),
			Help: "Tell runtimes of the limits: GOMEMLIMIT, GOMAXPROCS, JAVA_TOOL_OPTIONS and NODE_OPTIONS, " +
				"where they say nothing of it themselves.",
		},
		{
			Name: "no-init", Group: group, Value: grammar.Switch(&s.NoInit),
			Help: "The command itself is PID 1.",
		},
		{
			Name: "share", Group: group, Placeholder: "pid,uts,mount,user,all", Value: grammar.List(d.addShare),
			Help: "Namespaces to share with the caller.",
		},
		{
			Name: "unshare", Group: group, Placeholder: "ipc,net,cgroup,time,user", Value: grammar.List(d.addUnshare),
			Help: "Namespaces to have of its own too: net with a loopback, " +
				"cgroup with the scope as the root of a read-only /sys/fs/cgroup.",
		},
	}
}

func (d *Draft) setHostname(name string) error {
	d.spec.Hostname = name
	if name == "" || len(name) > 64 || strings.ContainsRune(name, 0) {
		return errors.New("want 1 to 64 bytes")
	}
	return nil
}

func (d *Draft) finishHostname() error {
	if d.spec.Hostname != "" && d.spec.Share.UTS {
		return fmt.Errorf("--hostname %q: --share uts would change the machine's own: drop one of the two",
			d.spec.Hostname)
	}
	return nil
}

func (d *Draft) addEnv(assignment string) error {
	name, _, hasValue := strings.Cut(assignment, "=")
	if name == "" || strings.ContainsRune(assignment, 0) {
		return errors.New("want NAME=VALUE")
	}
	if _, set := os.LookupEnv(name); !hasValue && !set {
		return errors.New("want NAME=VALUE: the caller has no variable of that name to pass on")
	}
	d.env = append(d.env, assignment)
	return nil
}

func (d *Draft) finishEnvironment() error {
	d.spec.Env = environment(os.Environ(), d.env)
	return nil
}

// environment is the caller's, with what was asked for put over it. A name
// without a value is the caller's own, which is there already.
func environment(caller, asked []string) []string {
	env := slices.Clone(caller)
	for _, assignment := range asked {
		name, _, hasValue := strings.Cut(assignment, "=")
		if !hasValue {
			continue
		}
		env = slices.DeleteFunc(env, func(have string) bool { return strings.HasPrefix(have, name+"=") })
		env = append(env, assignment)
	}
	return env
}

package plan

import (
	"strconv"

	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
)

// Plan is what a run would ask systemd for.
type Plan struct {
	Manager     unit.Kind
	Unit        string
	Properties  []limit.Property
	Slice       string
	SliceLimits []limit.Property // set on the slice, by SetUnitProperties
	Nearest     []string         // the systemd-run command that comes nearest
}

// Of makes the plan of a spec; nothing is asked of any manager.
func Of(s spec.Spec) Plan {
	name := s.Name
	if name == "" {
		name = spec.GenerateName(s.Argv[0])
	}
	if s.Nest {
		s = s.Nested()
	}
	required, optional := Properties(s)
	plan := Plan{
		Manager: s.Kind, Unit: name, Properties: append(required, optional...), Slice: s.Slice,
		Nearest: nearest(s, name),
	}
	for _, asked := range s.SliceLimits {
		plan.SliceLimits = append(plan.SliceLimits, asked.Property())
	}
	return plan
}

// nearest is the systemd-run line with the same scope, and util-linux's unshare for the namespaces.
func nearest(s spec.Spec, name string) []string {
	line := []string{"systemd-run", "--scope", "-q", "--collect", "--unit=" + name}
	if s.Kind == unit.UserKind {
		line = append(line, "--user")
	}
	if s.Slice != "" {
		line = append(line, "--slice="+s.Slice)
	}
	for _, asked := range s.Limits {
		for _, assignment := range asked.Assignments() {
			line = append(line, "-p", assignment)
		}
	}
	for _, extra := range s.Extras {
		line = append(line, "-p", extra.Assignment)
	}
	line = append(line, "--")
	line = append(line, unshare(s)...)
	return append(line, s.Argv...)
}

// unshare is util-linux's nearest to the run's namespaces.
func unshare(s spec.Spec) []string {
	line := []string{"unshare"}
	for _, ns := range []struct {
		shared bool
		flags  []string
	}{
		{s.Share.Mount, []string{"--mount"}},
		{s.Share.UTS, []string{"--uts"}},
		{s.Share.PID, []string{"--pid", "--fork"}},
		{s.Share.PID || s.Share.Mount, []string{"--mount-proc"}},
		{!s.Unshare.IPC, []string{"--ipc"}},
		{!s.Unshare.Net, []string{"--net"}},
		{!s.Unshare.Cgroup, []string{"--cgroup"}},
		{!s.Unshare.Time, []string{"--time"}},
		{!s.OwnUserNamespace(), []string{"--map-user=" + strconv.Itoa(s.InsideUID())}},
	} {
		if !ns.shared {
			line = append(line, ns.flags...)
		}
	}
	if len(line) == 1 {
		return nil
	}
	return line
}

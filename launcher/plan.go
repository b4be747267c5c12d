package launcher

import (
	"os"
	"strconv"

	"github.com/slimrun/slimrun/unit"
)

// Plan is what a run would ask systemd for.
type Plan struct {
	Manager     unit.Kind
	Unit        string
	Properties  []unit.Property
	Slice       string
	SliceLimits []unit.Property // set on the slice, by SetUnitProperties
	Nearest     []string        // the systemd-run command that comes nearest
}

// PlanOf makes the plan of a spec; nothing is asked of any manager.
func PlanOf(spec Spec) Plan {
	name := spec.Name
	if name == "" {
		name = generateName(spec.Argv[0])
	}
	required, optional := spec.properties()
	plan := Plan{Manager: spec.Kind, Unit: name, Properties: append(required, optional...), Slice: spec.Slice, Nearest: nearest(spec, name)}
	for _, limit := range spec.SliceLimits {
		plan.SliceLimits = append(plan.SliceLimits, limit.Property())
	}
	return plan
}

func nearest(spec Spec, name string) []string {
	line := []string{"systemd-run", "--scope", "-q", "--collect", "--unit=" + name}
	if spec.Kind == unit.UserKind {
		line = append(line, "--user")
	}
	if spec.Slice != "" {
		line = append(line, "--slice="+spec.Slice)
	}
	for _, limit := range spec.Limits {
		line = append(line, "-p", limit.Assignment())
	}
	line = append(line, "--")
	line = append(line, unshare(spec)...)
	return append(line, spec.Argv...)
}

// unshare is util-linux's nearest to the run's namespaces.
func unshare(spec Spec) []string {
	line := []string{"unshare"}
	for _, ns := range []struct {
		shared bool
		flags  []string
	}{
		{spec.Share.Mount, []string{"--mount"}},
		{spec.Share.UTS, []string{"--uts"}},
		{spec.Share.PID, []string{"--pid", "--fork"}},
		{spec.Share.PID || spec.Share.Mount, []string{"--mount-proc"}},
		{!spec.Unshare.IPC, []string{"--ipc"}},
		{!spec.Unshare.Net, []string{"--net"}},
		{!spec.Unshare.Cgroup, []string{"--cgroup"}},
		{!spec.Unshare.Time, []string{"--time"}},
		{!spec.ownUserNamespace(), []string{"--map-user=" + strconv.Itoa(inside(spec.Identity.UID, spec.Identity.MapRoot, os.Geteuid()))}},
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

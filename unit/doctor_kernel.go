package unit

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

func (h Host) cgroupVersion() string { return cgroup.Version(h.Read("/proc/self/mountinfo")) }

func (h Host) missing() cgroup.Missing {
	return cgroup.MissingOf(h.Read("/proc/self/cgroup"), h.Read("/proc/self/mountinfo"))
}

func (h Host) cgroups() Check {
	check := Check{Name: "cgroups", State: Works, Found: h.cgroupVersion()}
	switch check.Found {
	case "v2":
	case "":
		check.State, check.Found = Broken, "no cgroup file system is mounted at "+cgroup.Root
		check.Remedy = h.missing().Command()
	default:
		check.State, check.Remedy = Missing, h.Boot(problem.Unified)
		check.Found += ": some limits need v2"
	}
	return check
}

// controllers tells for each what limits it carries for this user's manager,
// whose cgroup is group.
func (h Host) controllers(group string) (checks []Check) {
	names, v1 := h.delegated(group), h.cgroupVersion() != "v2"
	m := &Manager{Kind: h.kind()}
	for _, name := range limit.Controllers() {
		carried, lost := limit.Carries(name, v1)
		check := Check{Name: name + " controller", State: Works, Found: "for " + strings.Join(carried, " ")}
		switch {
		case !slices.Contains(names, name):
			flags := strings.Join(append(carried, lost...), " ")
			check.Found = fmt.Sprintf("not delegated to %s: no %s", m.delegateOf(h.UID), flags)
			check.State, check.Remedy = Missing, m.delegation(name)
			if v1 {
				check.Remedy = h.hierarchy(name)
			}
			if name == "memory" {
				check.State = Broken
			}
		case carried == nil:
			check.State, check.Remedy = Missing, h.Boot(problem.Unified)
			check.Found = "cgroup v1 has no " + strings.Join(lost, " ")
		case lost != nil:
			check.Found += "; cgroup v1 has no " + strings.Join(lost, " ")
		}
		checks = append(checks, check)
	}
	return checks
}

// hierarchy is how this user comes to a controller of cgroup v1, where only root can.
func (h Host) hierarchy(controller string) string {
	if missing, ok := h.missing().Of(controller); ok && h.kind() != UserKind {
		return missing.Command()
	}
	return h.Boot(problem.Unified)
}

func (m *Manager) delegateOf(uid int) string {
	if m.Kind == UserKind {
		return fmt.Sprintf("user@%d.service", uid)
	}
	return m.delegate()
}

// delegated are the controllers that the default manager may hand to a scope:
// on v2 those of its cgroup, on v1 the mounted ones, which no user gets.
func (h Host) delegated(group string) (names []string) {
	if h.cgroupVersion() == "v2" {
		if h.kind() == UserKind && group == "" {
			group = fmt.Sprintf("/user.slice/user-%[1]d.slice/user@%[1]d.service", h.UID)
		}
		return cgroup.Controllers(h.Read, strings.TrimSuffix(group, "/init.scope"))
	}
	if h.kind() == UserKind {
		return nil
	}
	return cgroup.MountedControllers(h.Read("/proc/self/mountinfo"))
}

// swap: a run under --memory has none of it. Only v1 cannot prove that.
func (h Host) swap() Check {
	areas := max(strings.Count(h.Read("/proc/swaps"), "\n"), 0)
	switch {
	case areas == 0:
		return Check{Name: "swap", State: Works, Found: "none, so none needs a limit"}
	case h.cgroupVersion() == "v2":
		return Check{
			Name: "swap", State: Works,
			Found: fmt.Sprintf("areas in use: %d; a run with --memory gets none unless --swap says so", areas),
		}
	}
	return Check{
		"swap", Broken,
		fmt.Sprintf("areas in use: %d; cgroup v1 cannot prove that a run leaves them alone", areas),
		"`swapoff -a`, or --swap infinity in each run",
	}
}

func (h Host) pressure() Check {
	if h.Has("/proc/pressure/memory") {
		return Check{
			Name: "pressure", State: Works,
			Found: "/proc/pressure is there: reports show what a run waited for",
		}
	}
	return Check{
		"pressure", Missing, "no /proc/pressure: reports cannot say what a run waited for",
		h.Boot("with psi=1, or a kernel with CONFIG_PSI"),
	}
}

// kernelFeatures tries the system calls that runs rest on, with arguments
// that do nothing: stable kernels backport, so versions say little.
func (h Host) kernelFeatures() (checks []Check) {
	for _, feature := range []struct {
		name, since, use string
		state            State
		try              func() error
	}{
		{
			"close_range", "5.11", "closing inherited files", Broken,
			func() error { return unix.CloseRange(1<<30, 1<<30, unix.CLOSE_RANGE_CLOEXEC) },
		},
		{"pidfd_open", "5.3", "watching the embedded manager", Missing, tryPidfd},
		{
			"open_tree", "5.2", "the embedded manager", Missing,
			func() error { _, err := unix.OpenTree(-1, "", 0); return err },
		},
		{
			"mount_setattr", "5.12", "the embedded manager", Missing,
			func() error { return unix.MountSetattr(-1, "", 0, &unix.MountAttr{}) },
		},
	} {
		check := Check{Name: feature.name, State: Works, Found: "for " + feature.use}
		switch err := feature.try(); {
		case errors.Is(err, unix.ENOSYS):
			check = Check{
				feature.name, feature.state, "this kernel has none: " + feature.use + " needs it",
				h.Boot("kernel " + feature.since + " or later"),
			}
		case errors.Is(err, unix.EPERM) && h.UID == 0:
			check = Check{
				feature.name, feature.state, "forbidden here: " + feature.use + " needs it",
				"in a container: `docker run --security-opt seccomp=unconfined`",
			}
		}
		checks = append(checks, check)
	}
	return checks
}

func tryPidfd() error {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

package unit

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// differs is the error of a limit that reads back as another.
func differs(asked limit.Asked, kernel string) error {
	remedy := "somebody else may have set it" + goOn + " to go on with the kernel's value"
	switch {
	case asked.Row == limit.CPUSet:
		remedy = "the machine and the cgroups above have no others: " + asked.Instead(kernel)
	case asked.Row == limit.CPUWeight && asked.Text == "idle":
		remedy = "idle needs cgroup v2 and Linux 5.15; without: " + asked.Instead("1") + goOn
	}
	return problem.Errorf(remedy, "%s cannot be proven: the kernel says %q", asked, kernel)
}

// unprotected: a protection is worth as much as what the cgroups above have of it.
func (m *Manager) unprotected(own cgroup.Cgroup, asked limit.Asked) error {
	var bare []string
	for _, level := range own.Above(asked.Row.Controller) {
		if asked.Unprotected(level) {
			bare = append(bare, level.Path)
		}
	}
	if len(bare) == 0 {
		return nil
	}
	slices.Reverse(bare)
	return problem.Errorf(m.protection(bare, asked),
		"%s cannot be proven: less is protected above, by %s", asked, strings.Join(bare, ", "))
}

// protection is how the cgroups above come to protect as much.
func (m *Manager) protection(bare []string, asked limit.Asked) string {
	assignment := strings.Join(asked.Assignments(), " ")
	if m.Kind == SystemKind {
		return fmt.Sprintf("take a slice of its own: --slice NAME --slice-limit %s=%s; "+
			"or `systemctl set-property --runtime %s %s`",
			asked.Row.Flag, asked.Text, path.Base(bare[0]), assignment)
	}
	return fmt.Sprintf("whoever owns them must protect as much (%s)", assignment) + goOn
}

// explain turns "no such file" into the reason and the drop-in that mends it.
func (m *Manager) explain(own cgroup.Cgroup, asked limit.Asked, err error) error {
	if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s cannot be proven: %w", asked, err)
	}
	what := fmt.Sprintf("%s cannot be proven", asked)
	if asked.Row.Controller == "cpu" && linux.IsRealTime(0) {
		return problem.Errorf(linux.OrdinaryPolicy+goOn, "%s: slimrun has a real-time policy", what)
	}
	if own.V1() && asked.Row.V1 == "" {
		return problem.Errorf(v1Remedy(asked), "%s: on cgroup v1 systemd sets no %s", what, asked.Row.Property)
	}
	if own.V1() && m.Kind == UserKind {
		return problem.Errorf("run it with sudo, or "+v1Remedy(asked),
			"%s: on cgroup v1 systemd gives no user a controller", what)
	}
	if own.V1() && m.Kind == EmbeddedKind {
		return problem.Errorf(withoutHierarchy(own, asked.Row.Controller),
			"%s: the embedded manager has no controller %q", what, asked.Row.Controller)
	}
	return problem.Errorf(m.delegation(asked.Row.Controller),
		"%s: controller %q is not delegated to %s", what, asked.Row.Controller, m.delegate())
}

// withoutHierarchy is how an embedded manager comes to a controller of cgroup v1: it
// takes those that are mounted when it starts.
func withoutHierarchy(own cgroup.Cgroup, controller string) string {
	const again = "the embedded manager that starts next has it: this one ends 3 s after its last run"
	if missing, ok := cgroup.FindMissing().Of(controller); ok {
		return "`" + missing.Command() + "`; " + again + goOn
	}
	if own.Knows(controller) {
		return again + goOn
	}
	return ThisHost().Boot("without cgroup_disable="+controller) + goOn
}

// goOn stands behind the remedies of a launch, which may go on without the limit; what
// changes the limits of a run may not.
const goOn = ", or --best-effort"

// Strict takes it off: it is for who changes limits.
func Strict(err error) error {
	if remedy, _, found := strings.Cut(problem.Remedy(err), goOn); found {
		return problem.Of(err, remedy)
	}
	return err
}

func v1Remedy(asked limit.Asked) string {
	if asked.Row == limit.Swap {
		return "this machine has swap: `swapoff -a`, or --swap infinity to let the run use it" +
			goOn + " to go on without the proof"
	}
	return ThisHost().Boot(problem.Unified) + goOn + " to go on without it"
}

// delegate names who does not get the controller.
func (m *Manager) delegate() string {
	switch m.Kind {
	case UserKind:
		return fmt.Sprintf("user@%d.service", os.Getuid())
	case EmbeddedKind:
		return "the embedded manager"
	}
	return "systemd"
}

// delegation is the exact remedy: for a user manager, a drop-in.
func (m *Manager) delegation(controller string) string {
	switch m.Kind {
	case UserKind:
		return fmt.Sprintf("as root: mkdir -p %[1]s && "+
			`printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >%[1]s/delegate.conf && `+
			"systemctl daemon-reload && systemctl restart user@%[2]d.service",
			"/etc/systemd/system/user@.service.d", os.Getuid())
	case EmbeddedKind:
		return fmt.Sprintf("give this container the %s controller (cgroup.controllers of %s)",
			controller, cgroup.Root) + goOn
	}
	return ThisHost().Boot("without cgroup_disable="+controller) + goOn
}

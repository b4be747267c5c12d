package unit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// Proof is what the kernel said of one limit.
type Proof struct {
	Asked  limit.Asked
	Kernel string // the file's content; "" where it could not be read
	Proven bool
	Err    error // why it is not proven

	// Changed: by somebody else, since the start. Kernel is then what it is now.
	Changed bool
}

// PrepareProof reads what Prove will need of the machine, while there is time.
func (m *Manager) PrepareProof() {
	if !cgroup.OnlyV2() {
		m.hierarchies() // what is wrong there Prove says
	}
}

func (m *Manager) hierarchies() (cgroup.Mounts, error) {
	if m.mounts == nil {
		m.mounts = sync.OnceValues(cgroup.FindMounts)
	}
	return m.mounts()
}

// Prove checks, before the payload runs, that the process is in the unit's
// cgroup and that every limit reads back from the kernel. The error says that
// the process is elsewhere; a limit that does not hold is in its Proof.
func (m *Manager) Prove(
	ctx context.Context, unit string, pid int, limits []limit.Asked,
) (cgroup.Cgroup, []Proof, error) {
	if m.step != nil {
		return m.proveInStep(pid, limits)
	}
	own, err := m.in(unit, pid, "the held process")
	if err != nil {
		return own, nil, err
	}
	proofs := make([]Proof, len(limits))
	for i, asked := range limits {
		proofs[i] = m.prove(ctx, unit, own, asked)
	}
	return own, proofs, nil
}

// in is the cgroup of a process, which must be that of the unit that systemd has put it in.
func (m *Manager) in(unit string, pid int, who string) (cgroup.Cgroup, error) {
	own, err := cgroup.Of(strconv.Itoa(pid), m.hierarchies)
	if err != nil || own.IsUnit(unit) {
		return own, err
	}
	// Only below its own manager's root slimrun makes cgroups.
	if m.embedded != nil && own.Complete(pid, unit) == nil {
		own, err = cgroup.Of(strconv.Itoa(pid), m.hierarchies)
	}
	if err == nil && !own.IsUnit(unit) {
		err = problem.Errorf("report this: systemd said the job was done",
			"%s is in cgroup %q, not in %s", who, own.Path, unit)
	}
	return own, err
}

func (m *Manager) prove(ctx context.Context, unit string, own cgroup.Cgroup, asked limit.Asked) Proof {
	proof := Proof{Asked: asked}
	if asked.BySystemd() {
		proof.Kernel, proof.Proven, proof.Err = m.proveProperty(ctx, unit, asked)
		return proof
	}
	proof.Kernel, proof.Err = kernelValue(own, unit, asked.Row)
	switch {
	case errors.Is(proof.Err, os.ErrNotExist) && asked.Moot():
		proof.Proven, proof.Err = true, nil
	case proof.Err != nil:
		proof.Err = m.explain(own, asked, proof.Err)
	case !asked.Holds(proof.Kernel, own.V1()):
		proof.Err = differs(asked, proof.Kernel)
	case asked.Row.Protects:
		proof.Err = m.unprotected(own, asked)
		proof.Proven = proof.Err == nil
	default:
		proof.Proven = true
	}
	return proof
}

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
	return problem.Errorf(m.protection(bare, asked), "%s cannot be proven: %s above protects less", asked,
		strings.Join(bare, ", "))
}

// protection is how the cgroups above come to protect as much.
func (m *Manager) protection(bare []string, asked limit.Asked) string {
	assignment := strings.Join(asked.Assignments(), " ")
	if m.Kind == SystemKind {
		return fmt.Sprintf("take a slice of its own: --slice NAME --slice-limit %s=%s; or `systemctl "+
			"set-property --runtime %s %s`",
			asked.Row.Flag, asked.Text, path.Base(bare[0]), assignment)
	}
	return fmt.Sprintf("whoever owns them must protect as much (%s)", assignment) + goOn
}

// kernelValue reads the limit's file, in the unit's own directory of the
// limit's controller: without the controller, v1 leaves the process in a
// parent's, v2 has no such file.
func kernelValue(own cgroup.Cgroup, unit string, row *limit.Row) (string, error) {
	if !own.Has(row.Controller, unit) {
		return "", fmt.Errorf("%s: %w", row.Property, os.ErrNotExist)
	}
	return row.Kernel(own)
}

// proveProperty reads a limit that systemd itself keeps, back from the unit.
func (m *Manager) proveProperty(ctx context.Context, unit string, asked limit.Asked) (string, bool, error) {
	value, err := m.scopeProperty(ctx, unit, asked.Row.Property)
	if err != nil {
		return "", false, fmt.Errorf("%s cannot be proven: %w", asked, err)
	}
	got := fmt.Sprint(value)
	if !asked.IsValue(value) {
		return got, false, fmt.Errorf("%s cannot be proven: systemd says %s=%s", asked, asked.Row.Property, got)
	}
	return got, true, nil
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
		return problem.Errorf(
			withoutHierarchy(own, asked.Row.Controller),
			"%s: the embedded manager has no controller %q",
			what,
			asked.Row.Controller,
		)
	}
	return problem.Errorf(m.delegation(asked.Row.Controller), "%s: controller %q is not delegated to %s", what,
		asked.Row.Controller, m.delegate())
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

// goOn is what a launch has beside a remedy, and a change of limits has not.
const goOn = ", or --best-effort"

// Strict leaves it out.
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
		return fmt.Sprintf("as root: mkdir -p /etc/systemd/system/user@.service.d && "+
			`printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >/etc/systemd/system/user@.service.d/delegate.conf && `+
			"systemctl daemon-reload && systemctl restart user@%d.service", os.Getuid())
	case EmbeddedKind:
		return fmt.Sprintf(
			"give this container the %s controller (cgroup.controllers of %s)",
			controller,
			cgroup.Root,
		) + goOn
	}
	return ThisHost().Boot("without cgroup_disable="+controller) + goOn
}

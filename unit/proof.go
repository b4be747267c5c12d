package unit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
)

// Proof is what the kernel said of one limit.
type Proof struct {
	Asked  Asked
	Kernel string // the file's content; "" where it could not be read
	Proven bool
	Err    error // why it is not proven
}

// PrepareProof reads what Prove will need of the machine, while there is time.
func (m *Manager) PrepareProof() {
	if !isCgroup2(cgroupRoot) {
		m.hierarchies() // what is wrong there Prove says
	}
}

func (m *Manager) hierarchies() (map[string]mount, error) {
	if m.mounts == nil {
		m.mounts = sync.OnceValues(hierarchies)
	}
	return m.mounts()
}

// Prove checks, before the payload runs, that the process is in the unit's
// cgroup and that every limit reads back from the kernel. The error says that
// the process is elsewhere; a limit that does not hold is in its Proof.
func (m *Manager) Prove(ctx context.Context, unit string, pid int, limits []Asked) (Cgroup, []Proof, error) {
	lines, err := cgroupLines(strconv.Itoa(pid))
	if err != nil {
		return Cgroup{}, nil, err
	}
	cgroup, err := cgroupIn(lines, m.hierarchies)
	if err != nil {
		return cgroup, nil, err
	}
	if !cgroup.holds(unit) {
		return cgroup, nil, hinted("report this: systemd said the job was done",
			"the held process is in cgroup %q, not in %s", cgroup.Path, unit)
	}
	proofs := make([]Proof, len(limits))
	for i, asked := range limits {
		proofs[i] = m.prove(ctx, unit, cgroup, asked)
	}
	return cgroup, proofs, nil
}

func (m *Manager) prove(ctx context.Context, unit string, cgroup Cgroup, asked Asked) Proof {
	proof := Proof{Asked: asked}
	if asked.Controller == "" || asked.Limit.Flag == "oom" && asked.value == "stop" {
		proof.Kernel, proof.Proven, proof.Err = m.proveProperty(ctx, unit, asked)
		return proof
	}
	proof.Kernel, proof.Err = cgroup.kernelValue(unit, asked.Limit)
	switch {
	case errors.Is(proof.Err, os.ErrNotExist) && cgroup.nothingToProve(asked):
		proof.Proven, proof.Err = true, nil
	case proof.Err != nil:
		proof.Err = m.explain(cgroup, asked, proof.Err)
	case !asked.verdict(cgroup.V1())(asked.value, proof.Kernel):
		proof.Err = fmt.Errorf("%s cannot be proven: the kernel says %q", asked, proof.Kernel)
	default:
		proof.Proven = true
	}
	return proof
}

// String is the limit as the user wrote it.
func (a Asked) String() string {
	if strings.HasPrefix(a.Flag, "-") {
		return a.Flag + "=" + a.Text
	}
	return "--" + a.Flag + " " + a.Text
}

func (l *Limit) verdict(v1 bool) func(any, string) bool {
	if v1 && l.holdsV1 != nil {
		return l.holdsV1
	}
	return l.holds
}

// kernelValue reads the limit's file, in the unit's own directory of the
// limit's controller: without the controller, v1 leaves the process in a
// parent's, v2 has no such file.
func (c Cgroup) kernelValue(unit string, limit *Limit) (string, error) {
	if !isUnit(c.dir(limit.Controller), unit) {
		return "", fmt.Errorf("%s: %w", limit.Property, os.ErrNotExist)
	}
	return c.value(limit)
}

// value reads the limit's file of a cgroup.
func (c Cgroup) value(limit *Limit) (string, error) {
	file := limit.V2
	if c.V1() {
		file = limit.V1
	}
	if file == "" {
		return "", fmt.Errorf("%s: %w", limit.Property, os.ErrNotExist)
	}
	if value, err := c.composed(limit, file); value != "" || err != nil {
		return value, err
	}
	return c.read(limit.Controller, file)
}

// composed puts together the values that the kernel keeps in two files.
func (c Cgroup) composed(limit *Limit, file string) (string, error) {
	switch {
	case file == "cpu.weight":
		if idle, err := c.read("cpu", "cpu.idle"); err == nil && idle == "1" {
			return "idle", nil
		}
	case file == "cpu.cfs_quota_us":
		quota, err := c.read("cpu", file)
		if err != nil {
			return "", err
		}
		period, err := c.read("cpu", "cpu.cfs_period_us")
		return quota + " " + period, err
	case file == "io.weight":
		if bfq, err := c.read("io", "io.bfq.weight"); err == nil {
			if weight, err := c.read("io", file); err == nil {
				return weight, nil
			}
			return bfq, nil
		}
	}
	return "", nil
}

// nothingToProve: no swap needs no limit on swap, and OOMPolicy=continue is
// what the kernel does anyway.
func (c Cgroup) nothingToProve(asked Asked) bool {
	switch asked.Limit.Flag {
	case "swap":
		return !hasSwap()
	case "oom":
		return asked.value == "continue"
	}
	return false
}

// hasSwap reads /proc/swaps: a heading, then a line for each area. Unreadable
// counts as swap: fail closed.
func hasSwap() bool {
	content, err := readProc("/proc/swaps")
	return err != nil || strings.Count(content, "\n") > 1
}

// proveProperty reads a limit that systemd itself keeps, back from the unit.
func (m *Manager) proveProperty(ctx context.Context, unit string, asked Asked) (string, bool, error) {
	value, err := m.scopeProperty(ctx, unit, asked.Limit.Property)
	if err != nil {
		return "", false, fmt.Errorf("%s cannot be proven: %w", asked, err)
	}
	got := fmt.Sprint(value)
	if value != asked.value {
		return got, false, fmt.Errorf("%s cannot be proven: systemd says %s=%s", asked, asked.Limit.Property, got)
	}
	return got, true, nil
}

// explain turns "no such file" into the reason and the drop-in that mends it.
func (m *Manager) explain(cgroup Cgroup, asked Asked, err error) error {
	if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s cannot be proven: %w", asked, err)
	}
	what := fmt.Sprintf("%s cannot be proven", asked)
	if cgroup.V1() && asked.V1 == "" {
		return hinted(v1Remedy(asked), "%s: on cgroup v1 systemd sets no %s", what, asked.Limit.Property)
	}
	return hinted(m.delegation(asked.Controller), "%s: controller %q is not delegated to %s", what, asked.Controller, m.delegate())
}

func v1Remedy(asked Asked) string {
	if asked.Limit.Flag == "swap" {
		return "this machine has swap: `swapoff -a`, or --swap infinity to let the run use it, or --best-effort to go on without the proof"
	}
	return "boot with systemd.unified_cgroup_hierarchy=1, or --best-effort to go on without it"
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
		return fmt.Sprintf("give this container the %s controller (cgroup.controllers of %s), or --best-effort", controller, cgroupRoot)
	}
	return fmt.Sprintf("boot without cgroup_disable=%s, or --best-effort", controller)
}

package unit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
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

// prove holds one limit against the kernel, in the unit's cgroup; what systemd itself keeps, against
// the unit's property.
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

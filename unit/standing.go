package unit

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// Standing holds the limits that a run was started with against the kernel, as they
// are now. systemd keeps what was asked for in the file of the transient unit;
// `systemctl set-property` writes to others, beside it. Errors: there is no such unit.
func (m *Manager) Standing(ctx context.Context, unit string, own cgroup.Cgroup) ([]Proof, error) {
	value, err := m.get(ctx, unit, unitIface, "FragmentPath")
	if err != nil {
		return nil, err
	}
	path, _ := value.(string)
	if path == "" {
		return nil, fmt.Errorf("systemd keeps no file of %s", unit)
	}
	content, err := os.ReadFile(m.root() + path)
	if err != nil && m.embedded != nil && m.embedded.PID == 0 {
		return nil, problem.Errorf("ask from outside of the run that this is",
			"what %s was started with cannot be seen from this PID namespace: %w", unit, err)
	}
	if err != nil {
		return nil, fmt.Errorf("what %s was started with: %w", unit, err)
	}
	var proofs []Proof
	for _, asked := range limitsIn(string(content)) {
		proof := m.prove(ctx, unit, own, asked)
		proof.Changed = proof.Kernel != "" && !proof.Proven
		proofs = append(proofs, proof)
	}
	return proofs, nil
}

// root is where the manager's files are.
func (m *Manager) root() string {
	if m.embedded == nil || m.embedded.PID == 0 {
		return ""
	}
	return fmt.Sprintf("/proc/%d/root", m.embedded.PID)
}

// limitsIn are the limits of a unit file. What slimrun does not know is no limit of its
// own.
func limitsIn(file string) (limits []limit.Asked) {
	for line := range strings.Lines(file) {
		extra, err := limit.ParseProperty(strings.TrimSpace(line))
		if err == nil && extra.Limit != nil {
			limits = append(limits, extra.Limit.InFlagsWords())
		}
	}
	return limits
}

// Again looks once more at limits that the kernel had: somebody may have changed one.
func (m *Manager) Again(own cgroup.Cgroup, unit string, proofs []Proof) []Proof {
	if m.step != nil {
		return m.againInStep(own, proofs)
	}
	again := append([]Proof{}, proofs...)
	for i, proof := range again {
		if !proof.Proven || proof.Kernel == "" || proof.Asked.BySystemd() {
			continue
		}
		now, err := kernelValue(own, unit, proof.Asked.Row)
		if err == nil && !proof.Asked.Holds(now, own.V1()) {
			again[i].Kernel, again[i].Changed = now, true
		}
	}
	return again
}

package unit

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/slurm"
)

// openStep is the step of Slurm's that this process is in: slurmstepd holds the limits,
// and nobody is asked for anything.
func openStep() (*Manager, error) {
	step, ok := StepHere()
	if !ok {
		return nil, problem.Errorf("start it by srun: `srun --mem=100M slimrun --memory 100M -- CMD`",
			"--manager slurm: no step of Slurm's holds this process (/proc/self/cgroup)")
	}
	return &Manager{Kind: SlurmKind, step: &step}, nil
}

// StepHere is the step of Slurm's that this process is in, if it is in one.
func StepHere() (step slurm.Step, ok bool) {
	lines, err := cgroup.Lines("self")
	if err != nil {
		return step, false
	}
	return slurm.StepOf(lines)
}

// Step is the step of Slurm's that a run stays in; nil where systemd gives it a scope.
func (m *Manager) Step() *slurm.Step { return m.step }

// stepOf finds a process's cgroup, which must be in the step; on v1 Slurm leaves
// systemd's own hierarchy alone.
func (m *Manager) stepOf(pid string) (own cgroup.Cgroup, err error) {
	lines, err := cgroup.Lines(pid)
	if err != nil {
		return own, err
	}
	if step, ok := slurm.StepOf(lines); !ok || step != *m.step {
		return own, problem.Errorf("report this: a child is born where its parent is",
			"the held process is in %q, not in step %s", lines, m.step)
	}
	own, err = cgroup.Of(pid, m.hierarchies)
	return own.By(limit.Memory.Controller), err
}

// proveInStep holds each limit against the least of all cgroups around the process:
// whatever asked for them, nobody in the step has more.
func (m *Manager) proveInStep(pid int, limits []limit.Asked) (cgroup.Cgroup, []Proof, error) {
	own, err := m.stepOf(strconv.Itoa(pid))
	if err != nil {
		return own, nil, err
	}
	around := newCaller(own, true)
	proofs := make([]Proof, len(limits))
	for i, asked := range limits {
		proofs[i] = m.proveAround(around, asked)
	}
	return own.Shared(memoryLimit(own)), proofs, nil
}

// againInStep is Again there.
func (m *Manager) againInStep(own cgroup.Cgroup, proofs []Proof) []Proof {
	around, again := newCaller(own, true), slices.Clone(proofs)
	for i, proof := range again {
		if now := m.proveAround(around, proof.Asked); proof.Proven && proof.Kernel != "" && now.Kernel != proof.Kernel {
			again[i].Kernel, again[i].Changed = now.Kernel, true
		}
	}
	return again
}

// Tasks counts the step's tasks on this node, which share its limits; 0 where there is no
// step, or nobody can tell.
func (m *Manager) Tasks(own cgroup.Cgroup) int {
	if m.step == nil || m.step.Task == "" {
		return 0
	}
	return own.Around("task_" + m.step.Task).Beside("task_")
}

// memoryLimit is the innermost cgroup that leaves no more memory than all do, nil for none.
func memoryLimit(own cgroup.Cgroup) *cgroup.Level {
	levels := own.Levels(limit.Memory.Controller)
	least, at := limit.Least(limit.Memory, levels)
	for i := range levels[:at+1] {
		if one, _ := limit.Least(limit.Memory, levels[i:i+1]); one.Within(least) {
			return &levels[i]
		}
	}
	return nil
}

// proveAround holds one limit against the least that the cgroups around leave of it.
func (m *Manager) proveAround(around *Caller, asked limit.Asked) Proof {
	proof := Proof{Asked: asked}
	if !asked.Row.Bounds() {
		return m.proveOther(around, proof)
	}
	bound := around.bound(asked.Row)
	proof.Kernel = bound.Kernel
	switch {
	case asked.Moot(), bound.Row == nil && asked.Number() == limit.Infinity:
		proof.Proven = true
	case bound.Row == nil:
		proof.Err = problem.Errorf(slurmRemedy(asked),
			"%s cannot be proven: no cgroup around step %s has such a limit", asked, m.step)
	case bound.Within(asked):
		proof.Proven = true
	default:
		proof.Err = problem.Errorf(slurmRemedy(asked), "%s cannot be proven: the least around step %s is %s, of %s",
			asked, m.step, bound.Text, path.Base(bound.Cgroup))
	}
	return proof
}

// proveOther is for what is no bound: time, which slimrun itself keeps here, and what
// else ends after a kill for memory.
func (m *Manager) proveOther(around *Caller, proof Proof) Proof {
	switch {
	case proof.Asked.Row == limit.Timeout:
		proof.Proven = true
	case proof.Asked.Row == limit.OOM && proof.Asked.Holds("0", false):
		for _, level := range around.around(limit.OOM.Controller) {
			if group, err := limit.OOM.Kernel(level); err == nil && !proof.Asked.Holds(group, false) {
				proof.Kernel = group
				proof.Err = problem.Errorf("srun --oom-kill-step=0"+goOn,
					"%s cannot be proven: a kill for memory ends all of %s", proof.Asked, level.Path)
				return proof
			}
		}
		proof.Kernel, proof.Proven = "0", true
	case proof.Asked.Row == limit.OOM:
		proof.Err = problem.Errorf("drop it: srun --oom-kill-step=1 ends slimrun with the step"+goOn,
			"%s cannot be proven: Slurm would end slimrun too", proof.Asked)
	default:
		proof.Err = problem.Errorf(slurmRemedy(proof.Asked),
			"%s cannot be proven: a step of Slurm's has no such limit", proof.Asked)
	}
	return proof
}

// slurmRemedy is how a step comes to have a limit. Of swap, which --memory implies to be
// none, Slurm 22.05 gives as much as of memory; 24.11 gives none.
func slurmRemedy(asked limit.Asked) string {
	if asked.Row == limit.Swap {
		return fmt.Sprintf("--swap infinity lets it swap; a Slurm after 22.05 gives a step none "+
			"where the site's cgroup.conf says %s", slurm.Site(asked.Row)) + goOn
	}
	option, err := slurm.Option(asked)
	if err != nil {
		return "drop it: " + err.Error() + goOn
	}
	return fmt.Sprintf("srun %s, where the site's cgroup.conf says %s", option, slurm.Site(asked.Row)) + goOn
}

// stepEnding is why slurmstepd has signalled all of the step, as far as slurmctld says.
func (m *Manager) stepEnding(ctx context.Context) (string, error) {
	state, err := slurm.Ask(ctx, m.step.Job)
	switch {
	case err != nil:
		return "", err
	case state.OutOfTime():
		return "timeout", nil
	case state.Job == "RUNNING", state.Job == "SUSPENDED":
		return "", nil
	}
	return "success", nil
}

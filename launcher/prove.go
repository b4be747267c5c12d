package launcher

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// prove holds every limit against the kernel. Without --best-effort one that
// is missing ends the run here.
func (r *run) prove(ctx context.Context) error {
	cgroup, proofs, err := r.manager.Prove(ctx, r.verdict.Unit, r.pid, r.spec.Limits)
	r.cgroup, r.verdict.Cgroup, r.verdict.Proofs = cgroup, cgroup.Path, proofs
	if err != nil {
		return err
	}
	implied, err := r.confineScope(ctx)
	if err != nil {
		return err
	}
	var missing []error
	for _, proof := range slices.Concat(proofs, implied, r.proveSlice(ctx)) {
		switch {
		case proof.Err == nil:
		case r.spec.BestEffort:
			r.tell.NotProven(proof.Err)
		default:
			missing = append(missing, proof.Err)
		}
	}
	if err := errors.Join(missing...); err != nil {
		return err
	}
	return r.roomForTasks()
}

// confineScope gives the scope what limits slimrun itself has and the scope has
// not, and tells of those on top of which the run's come.
func (r *run) confineScope(ctx context.Context) ([]unit.Proof, error) {
	own, proofs, err := r.manager.Confine(ctx, r.verdict.Unit, r.pid, r.cgroup, r.caller)
	if err != nil {
		return nil, err
	}
	r.cgroup, r.verdict.Proofs = own, append(r.verdict.Proofs, proofs...)
	for _, proof := range proofs {
		r.spec.Limits = append(r.spec.Limits, proof.Asked)
	}
	if r.verdict.Beside = r.caller.Beside(r.cgroup); len(r.verdict.Beside) > 0 {
		r.tell.Warn(besideProblem(r.verdict.Beside))
	}
	return proofs, nil
}

// besideProblem says that the run's limits come on top of others.
func besideProblem(beside []unit.Bound) error {
	var limits []string
	for _, asked := range beside {
		limits = append(limits, asked.Row.Flag+" "+asked.Text)
	}
	return problem.Errorf("a run around this one shares its limits if it has --nest",
		"what this run takes comes on top of what %q has (%s)", path.Base(beside[0].Cgroup), strings.Join(limits, ", "))
}

// roomForTasks: the init counts against --pids, and a payload that cannot be
// forked is no payload.
func (r *run) roomForTasks() error {
	for _, asked := range r.spec.Limits {
		if need := r.tasks(); asked.Row == limit.Pids && asked.Number() < need {
			return fmt.Errorf("--pids %s is too small: slimrun's init and the payload take at least %d tasks to start",
				asked.Text, need)
		}
	}
	return nil
}

// tasks are what a run starts with: the init and the payload, or, for a moment,
// the Go program that makes its files.
func (r *run) tasks() uint64 {
	if r.spec.Files.Given() {
		return 8
	}
	return 2
}

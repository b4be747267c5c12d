package spec

import (
	"errors"
	"slices"

	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// finishStep: in a step of Slurm's a run stays there, under slurmstepd's limits. Another
// manager would take it out, and what only systemd can do nobody does there.
func (d *Draft) finishStep() error {
	s := &d.spec
	if s.Kind != unit.SlurmKind {
		if d.manager == "" && !d.system && !d.user || s.BestEffort {
			return nil // by default, outside of any
		}
		if step, inside := unit.StepHere(); inside {
			return problem.Errorf("drop it: --manager slurm is the default here; or --best-effort",
				"--manager %s: the run would leave step %s of Slurm's, its limits and its accounting", s.Kind, step)
		}
		return nil
	}
	s.Limits = slices.DeleteFunc(s.Limits, func(asked limit.Asked) bool { return asked.Implied && asked.Row == limit.OOM })
	var problems []error
	for _, systemds := range []struct {
		given     bool
		flag, why string
	}{
		{len(s.Extras) > 0, "-p", "it is no unit of systemd's"},
		{s.Slice != "" || len(s.SliceLimits) > 0, "--slice", "it is in no slice of systemd's"},
		{s.Nest, "--nest", "it is in no slice of systemd's"},
		{s.Description != "", "--description", "it is no unit of systemd's"},
		{s.Detach, "--detach", "it ends with the step; sbatch starts what runs alone"},
		{s.Retry.Percent > 0, "--retry-oom", "no step gets more memory than it has"},
		{len(s.OnPressure) > 0, "--on-pressure", "nobody there does it"},
		{s.Share.PID, "--share pid", "its end is the end of its PID namespace"},
		{s.NoInit, "--no-init", "its end is the end of its PID namespace"},
	} {
		if systemds.given {
			problems = append(problems, problem.Errorf("drop "+systemds.flag+" in a step of Slurm's",
				"%s: a run stays in the step that slimrun is in: %s", systemds.flag, systemds.why))
		}
	}
	return errors.Join(problems...)
}

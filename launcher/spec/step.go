package spec

import (
	"errors"
	"fmt"
	"slices"

	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

func (d *Draft) setOn(name string) error {
	if name != string(unit.SlurmKind) && name != "" {
		return errors.New("want slurm")
	}
	d.spec.On = name
	return nil
}

// OnNode is the spec of a run that another slimrun has sent to this machine, and which it
// waits for.
func (s Spec) OnNode() Spec {
	s.Kept = s.Detach
	s.On, s.Detach = "", false
	return s
}

// finishStep: in a step of Slurm's a run stays there, under slurmstepd's limits. Another
// manager would take it out, and what only systemd can do nobody does there.
func (d *Draft) finishStep() error {
	s := &d.spec
	switch {
	case s.Kind == unit.SlurmKind:
		implied := func(asked limit.Asked) bool { return asked.Implied && asked.Row == limit.OOM }
		s.Limits = slices.DeleteFunc(s.Limits, implied)
		return errors.Join(refuse(s.onlySystemds(), "in a step of Slurm's"), refuse(s.onlyHere(), "with --on slurm"))
	case s.On != "":
		return fmt.Errorf("--manager %s: --on slurm is asked for too: drop one of the two", s.Kind)
	case d.manager == "" && !d.system && !d.user || s.BestEffort:
		return nil // by default, outside of any
	}
	if step, inside := unit.StepHere(); inside {
		return problem.Errorf("drop it: --manager slurm is the default here; or --best-effort",
			"--manager %s: the run would leave step %s of Slurm's, its limits and its accounting", s.Kind, step)
	}
	return nil
}

// refusal is a flag that cannot be had.
type refusal struct {
	given     bool
	flag, why string
}

func refuse(all []refusal, where string) error {
	var problems []error
	for _, one := range all {
		if one.given {
			problems = append(problems, problem.Errorf("drop "+one.flag+" "+where, "%s: %s", one.flag, one.why))
		}
	}
	return errors.Join(problems...)
}

// onlySystemds are what a step has not.
func (s *Spec) onlySystemds() []refusal {
	return []refusal{
		{len(s.Extras) > 0, "-p", "a step of Slurm's is no unit of systemd's"},
		{s.Slice != "" || len(s.SliceLimits) > 0, "--slice", "a step of Slurm's is in no slice of systemd's"},
		{s.Nest, "--nest", "a step of Slurm's is in no slice of systemd's"},
		{s.Description != "", "--description", "a step of Slurm's is no unit of systemd's"},
		{s.Detach && s.On == "", "--detach", "a run ends with its step of Slurm's: sbatch starts what runs alone"},
		{s.Retry.Percent > 0, "--retry-oom", "no step of Slurm's gets more memory than it has"},
		{len(s.OnPressure) > 0, "--on-pressure", "in a step of Slurm's nobody does it"},
		{s.Share.PID, "--share pid", "a run in a step of Slurm's ends with its PID namespace"},
		{s.NoInit, "--no-init", "a run in a step of Slurm's ends with its PID namespace"},
	}
}

// onlyHere are what does not go to another machine.
func (s *Spec) onlyHere() []refusal {
	if s.On == "" {
		return nil
	}
	return []refusal{
		{s.PrivateTTY, "--private-tty", "the terminal is on this machine"},
		{
			len(s.PassFDs) > 0, "--pass-fd",
			"open files do not go to another machine, nor does an argument that names one",
		},
		{s.Record, "--record", "the history is of runs on this machine"},
		{s.Plot != "", "--plot", "the picture is of a run on this machine"},
	}
}

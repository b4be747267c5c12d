package slurm

import "testing"

// N1: a step is known by where slurmstepd has put the process, on v2 and v1, and by
// nothing that only looks like it.
func TestStepOf(t *testing.T) {
	for lines, want := range map[string]Step{
		"0::/system.slice/slurmstepd.scope/job_2/step_0/user/task_0":                      {"2", "0", "0"},
		"0::/system.slice/n1_slurmstepd.scope/job_31/step_batch/user/task_3/of-its-own\n": {"31", "batch", "3"},
		"0::/system.slice/slurmstepd.scope/job_2/step_extern/user/task_special":           {"2", "extern", "special"},
		"0::/system.slice/slurmstepd.scope/job_2/step_0/slurm":                            {"2", "0", ""},
		"9:cpuset:/slurm/uid_1000/job_7/step_1\n4:memory:/slurm_n1/uid_1000/job_7/step_1/task_2\n" +
			"1:name=systemd:/system.slice/slurmd.service\n0::/system.slice/slurmd.service": {"7", "1", "2"},
	} {
		if got, ok := StepOf(lines); !ok || got != want {
			t.Errorf("%q: %+v, %v, want %+v", lines, got, ok, want)
		}
	}
	for _, lines := range []string{
		"", "0::/", "0::/user.slice/user-1000.slice/session-2.scope", "nonsense",
		"0::/system.slice/slurmstepd.scope", "0::/system.slice/slurmstepd.scope/job_2",
		"0::/system.slice/slurmstepd.scope/system/user/task_0",
		"0::/system.slice/slurmstepd.scope/job_/step_0/user", "0::/system.slice/slurmstepd.scope/job_2/step_/user",
		"0::/job_2/step_0/user/task_0", "0::/slurm/uid_1000/job_2/step_0",
		"4:memory:/uid_1000/job_2/step_0", "4:memory:/system.slice/slurmstepd.scope/job_2/step_0",
	} {
		if got, ok := StepOf(lines); ok {
			t.Errorf("%q: %+v, want no step", lines, got)
		}
	}
}

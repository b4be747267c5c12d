package slurm

import (
	"path"
	"strings"
)

// Step is a part of a job on one node, and the task of it that a process is in.
type Step struct {
	Job  string // its number
	Name string // a number, or batch, interactive, extern
	Task string // a number, or special; "" where the task has no cgroup of its own
}

// String is the step's name as Slurm has it: "2.0".
func (s Step) String() string { return s.Job + "." + s.Name }

// StepOf finds the step in the lines of /proc/PID/cgroup, never by variables: those
// go with a process that leaves the job.
//
//	v2  0::/system.slice/NODE_slurmstepd.scope/job_2/step_0/user/task_0
//	v1  4:memory:/slurm_NODE/uid_1000/job_2/step_0/task_0
func StepOf(lines string) (step Step, ok bool) {
	for line := range strings.Lines(lines) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(parts) < 3 {
			continue
		}
		found, is := stepIn(strings.Split(path.Clean("/"+parts[2]), "/"), parts[0] == "0")
		if is && (!ok || len(found.Task) > len(step.Task)) { // v1: some hierarchies end at the step
			step, ok = found, true
		}
	}
	return step, ok
}

func stepIn(names []string, v2 bool) (step Step, ok bool) {
	for i := range names {
		var job, name string
		if i+1 >= len(names) || !holds(names[:i], v2) ||
			!cut(&job, names[i], "job_") || !cut(&name, names[i+1], "step_") {
			continue
		}
		step, rest := Step{Job: job, Name: name}, names[i+2:]
		if len(rest) > 0 && rest[0] == "user" {
			rest = rest[1:]
		}
		if len(rest) > 0 {
			cut(&step.Task, rest[0], "task_")
		}
		return step, true
	}
	return step, false
}

// cut cuts what stands before a name's end, which is not empty.
func cut(end *string, name, before string) bool {
	rest, ok := strings.CutPrefix(name, before)
	if !ok || rest == "" {
		return false
	}
	*end = rest
	return true
}

// holds says whether cgroups are those in which Slurm makes its jobs'.
func holds(above []string, v2 bool) bool {
	n := len(above)
	if v2 {
		return n > 0 && strings.HasSuffix(above[n-1], "slurmstepd.scope")
	}
	return n > 1 && strings.HasPrefix(above[n-1], "uid_") && strings.HasPrefix(above[n-2], "slurm")
}

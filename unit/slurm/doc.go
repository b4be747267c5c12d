// Package slurm is what Slurm makes of a machine: the step of a job that a process is
// in, found by the cgroup that slurmstepd has put it into; the option of srun by which
// each limit is asked for; and Slurm's own programs.
//
// Measured with Slurm 24.11 and 22.05 on cgroup v2, and with 22.05 on v1.
//
// When not to use it: to read a limit. Whatever has set it, that is package limit's
// affair, and package unit holds it against what was asked for.
package slurm

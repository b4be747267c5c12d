// Package cgroup is where a process is, and what the kernel counts there: the
// directories of its cgroup in every hierarchy (v2, v1 and both at once), the
// figures and memory events in their files, the cgroups above it.
//
// When not to use it: to limit anything. systemd owns every cgroup of a run. What is
// made here is the root of the embedded manager, before that systemd exists
// (directory.go), and below it what that systemd leaves out (hybrid.go).
package cgroup

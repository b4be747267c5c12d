// Package unit is what slimrun asks of systemd: its managers (system, user,
// embedded), the transient scope of a run, the slice around it, and the proof
// that the kernel enforces what was asked for. The table of limits is package
// limit, the connection package wire, the kernel's figures package cgroup, the
// private systemd package embedded.
//
// When not to use it: to write a limit. systemd owns every cgroup of a run;
// this package only asks, reads and compares.
package unit

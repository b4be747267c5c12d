// Package unit is all that slimrun knows of systemd: its managers (system,
// user, embedded), the limits and the properties they become, the transient
// scope of a run, the proof that the kernel enforces it, and the kernel's
// figures of it.
//
// When not to use it: to write a limit. systemd owns every cgroup of a run;
// this package only asks, reads and compares. The one cgroup made here is the
// root of the embedded manager, before that systemd exists.
package unit

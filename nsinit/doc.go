// Package nsinit is all that runs inside: the gate at which a run's first
// process is held, its mounts and identity, and PID 1, which starts the
// payload, passes signals on, reaps, and ends with it.
//
// It is written for a start that costs little and for a limit of a few
// hundred KiB: no fmt, no reflection, no goroutine, one loop.
//
// When not to use it: for anything about systemd or cgroups, which it knows
// nothing of.
package nsinit

// Package nsinit is all that runs inside: the gate at which a run's first
// process is held, its mounts and identity, and PID 1, which starts the
// payload, passes signals on, reaps, and ends with it.
//
// It is written for a start that costs little and for a limit of a few hundred
// KiB. Its files are of four kinds:
//
//	prepared outside, in Go       config.go inside.go payload.go guard.go call.go process.go
//	live inside, without Go       fork.go live.go serve.go tell.go opening.go sys*
//	a program inside, in Go       stage.go files.go rootfs.go newfs.go resolve.go
//	the launcher's end            held.go event.go credentials.go
//
// When not to use it: for anything about systemd or cgroups, which it knows
// nothing of.
package nsinit

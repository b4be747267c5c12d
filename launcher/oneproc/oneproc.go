// Package oneproc has the Go runtime run one goroutine at a time, from the first
// moment on: slimrun mostly waits, and what it does while systemd works fits
// into that time. A second processor costs a launch 8% (docs/performance.md): its
// own caches of memory to be touched for the first time, and threads that are
// woken to look for work.
//
// It imports nothing but the runtime, so it is initialised before nearly all
// other packages, whose goroutines and memory it is about.
//
// When not to use it: where goroutines compute, or make system calls that block
// and that the runtime does not know of (nsinit's end within a millisecond).
package oneproc

import "runtime"

var _ = runtime.GOMAXPROCS(1)

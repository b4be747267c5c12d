// Package sample looks at a run while it goes on, and keeps what it saw within
// bounds: a few hundred readings of the kernel's figures, whatever the run's
// length, their peaks kept.
//
// When not to use it: for a figure at the end of a run, which cgroup reads once.
// A sampler wakes slimrun up, so it is there only where somebody asked for it.
package sample

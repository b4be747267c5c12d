// Package files makes the file system that a payload sees, where that is not the
// caller's: a root, binds, tmpfs, an overlay. It is a program of its own (Main),
// started by the init inside the run's mount namespace, because it takes what the
// init has not: Go.
//
// When not to use it: for /proc of a run without such files, and for cgroups; those
// are the init's (package inside).
package files

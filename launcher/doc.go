// Package launcher tells a run as a story: a spec, a child held at its gate, a
// scope, the proof, the go, and the verdict.
//
// Data goes one way: argv → spec.Spec → plan's properties → the held child's
// PID into the scope → proof → one nsinit.Config to the child → its events →
// figures → verdict.Verdict → exit status.
//
// When not to use it: for a run that somebody else has launched; packages runs, enter and
// adopt are about those.
package launcher

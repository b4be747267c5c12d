// Package launcher tells a run as a story: a spec, a child held at its gate, a
// scope, the proof, the go, and the verdict.
//
// Data goes one way: flags → Request → Spec → properties → the held child's
// PID into the scope → Proof → one Config to the child → its events → figures
// → Verdict → exit status.
package launcher

// Package doctor finds out what works here for this user, and how to mend what
// does not. What the machine's files say is a guess; a run under a memory limit
// is the proof.
//
// The managers and the kernel are examined by package unit, what concerns a
// user's ids and namespaces here.
//
// When not to use it: to explain a launch that failed; that says by itself what it met.
package doctor

// Package terminal is the caller's terminal as a run finds it and leaves it:
// its modes, its foreground process group, job control, and with --private-tty
// a terminal of the payload's own in between.
//
// When not to use it: for what is written to a terminal; those are console's words.
package terminal

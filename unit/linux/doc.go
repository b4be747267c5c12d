// Package linux has the small calls that several packages need: a file of /proc
// read whole, a call that a signal broke off made again, a lock waited for with
// a deadline, the end of a process that is somebody else's child.
//
// When not to use it: for anything that os or golang.org/x/sys/unix do as well.
package linux

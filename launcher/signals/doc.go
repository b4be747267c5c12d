// Package signals hears every signal that is sent to slimrun and can be passed on,
// and counts it: how often each came, and who sent it last.
//
// The handler is slimrun's own, 20 instructions that count and wake a reader; Go's
// are left alone. (A signalfd is out of reach: Go unblocks HUP, INT, QUIT, TERM,
// ABRT, SYS and its faults on each of its threads. os/signal takes a thread and two
// changes of it for every signal, 1 to 2 ms for all, drops what comes faster than
// it is read, and cannot hear 32 and 34.) A count cannot be full, so a flood loses
// nothing and costs nobody else anything.
//
// What the kernel raises in slimrun itself, and what the runtime sends itself, goes
// on to the runtime's handler: SIGSEGV and its like, SIGCHLD, SIGURG, SIGPROF.
//
// When not to use it: in a program that uses os/signal.
package signals

// Package detach lets go of a run: the slimrun that was typed executes itself once
// more, in a session of its own, and that one launches as ever, keeps the run's record,
// and waits. The first only hears how the launch went.
//
//	slimrun -d              slimrun-waiting                 the run
//	   | ------ executes -----> | own session; stdin, /dev/null or --stdin
//	   | its turn: may launch > | makes the record; its log is stdout and stderr
//	   | a scope for it         | launcher.Run ------------------> held, proven
//	   | ------ may go -------> |
//	   | <- what is wrong ----- | warnings and errors so far       executed
//	   | <- name or status ---- | -------------------------------- |
//	   | prints the name        | waits; its words go to the log   |
//	                            | writes the report                ends
//
// Where the first ends before it has heard, the second ends the launch.
//
// When not to use it: for how a run is launched, which is package launcher's affair, or
// for what is kept of it, which is package record's.
package detach

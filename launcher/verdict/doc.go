// Package verdict says why a run ended, and writes it down: the outcome, the
// exit status, and the report's JSON, schema slimrun.report/1.
//
// A verdict is taken from the kernel's counters and systemd's word, while the
// init still holds the cgroup. Nothing here reads either: the run does, and
// hands over what it saw.
//
// When not to use it: to say a verdict to a person; that is console's.
package verdict

// Package runs is what runs: the runs of the managers within reach, listed, found by
// what a person types (RUN), and looked at. systemd says which there are, by one call
// for all of a manager's; the kernel says what each takes. slimrun itself writes
// nothing down for it.
//
// When not to use it: for a run of this very process; launcher holds that.
package runs

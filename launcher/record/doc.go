// Package record is what is kept of a detached run: its log, its report, and what it
// was started with, in a directory of its own, mode 0700, under the user's state
// directory, until somebody removes it.
//
//	/var/lib/slimrun/runs/NAME     root's; else below $XDG_STATE_HOME or ~/.local/state
//	    lock      byte 0 is locked by the waiting slimrun: whether the run lives is the
//	              kernel's word; byte 1 is locked shared by who waits for its end
//	    started   what it was started with, JSON
//	    log       what it wrote
//	    report    empty until it has ended
//
// Nothing there is trusted that somebody else could have put there.
//
// When not to use it: to learn what runs; systemd and the kernel say that (package
// runs). A run in the foreground has no record.
package record

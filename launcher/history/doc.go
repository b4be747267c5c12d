// Package history is the file of the runs that were recorded: a report a line, JSON,
// the oldest first.
//
//	/var/lib/slimrun/history.jsonl     root's; else below $XDG_STATE_HOME or ~/.local/state
//
// It belongs to its user alone (mode 0600). A thousand runs may end at once: each
// appends under a lock, and the one that makes the file too large drops the older
// half. A line that is broken, by a full disk say, hides no other.
//
// When not to use it: to learn what runs, and for a run that nobody recorded.
package history

// Package target is a process whose place another is to take: its namespaces, root and
// working directory, its ids, capabilities, filters and limits, as the kernel shows
// them at one moment.
//
// Everything is asked of the caller's own /proc, and what can change is looked at
// twice: a process that changes meanwhile is no target. What the kernel does not show
// is not here: Landlock, securebits, a security module's label.
//
// When not to use it: for what slimrun itself has put on a payload; that is Config.
package target

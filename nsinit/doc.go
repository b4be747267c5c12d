// Package nsinit is what the launcher calls to have a child: it writes down what
// the child is to do, clones it, lets it go, and hears what becomes of it.
//
//	nsinit    the launcher's end: config.go arena.go hold.go held.go event.go
//	inside    what lives inside, without Go's runtime: entry, gate, init
//	files     the making of a root, binds, tmpfs, overlay, in a process of its own
//	target    a process whose place a command is to take (exec)
//
// The child is this program, executed again (/proc/self/exe) by a clone that has
// the namespaces' flags. Package inside says how, and draws what the two tell each
// other.
//
// When not to use it: for anything about systemd or cgroups, which it knows
// nothing of.
package nsinit

// Package idmap writes the uid and gid maps of a run's user namespace, by
// itself or through newuidmap and newgidmap, and knows the kernel's switches
// that forbid such namespaces.
//
// When not to use it: to find out who the payload is to be; that is spec's
// Identity.
package idmap

// Package limit is the table of limits: one row a limit, from which come its
// flag and help, its property of systemd's, the reading of its values, the
// proof that the kernel holds it, and docs/properties.md. What somebody needs to
// know of a limit is a field or a method of its row; rows are compared by
// identity (limit.Memory), never by their names.
//
// When not to use it: to ask systemd, or to find a cgroup. This package knows
// what the files of a cgroup are called and what they must say; package unit
// asks, package cgroup reads.
package limit

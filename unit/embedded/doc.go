// Package embedded is a private systemd where none runs: started from the
// machine's installed binary in PID, mount, cgroup, UTS and IPC namespaces of its
// own, with no unit but a target and no bus, shared by all runs of root that come
// together (hold.go draws its boot).
//
// When not to use it: where a systemd runs already, or for who is not root.
package embedded

// Package seccomp makes a filter of system calls for --seccomp: from slimrun's
// own list, or from a profile as OCI runtimes have it, to the kernel's BPF
// program. It installs nothing; the init does, last of all.
//
// When not to use it: for the filters of a process that runs; nsinit/target reads those.
package seccomp

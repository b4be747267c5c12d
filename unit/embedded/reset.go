package embedded

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/problem"
)

// resetCaller rids the supervisor of what its first caller's shell happened to
// set: every later run shares the manager. Nothing here is worth a failure
// (in a container the score may not go down) but the files.
func resetCaller() error {
	unix.Umask(0o022)
	for _, limit := range []int{
		unix.RLIMIT_CPU, unix.RLIMIT_FSIZE, unix.RLIMIT_DATA, unix.RLIMIT_AS, unix.RLIMIT_NPROC,
	} {
		unix.Setrlimit(limit, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY})
	}
	// As PID 1 of the machine: its end would be the end of every run.
	os.WriteFile("/proc/self/oom_score_adj", []byte("-1000"), 0)
	return errors.Join(raiseFiles(), closeInherited(bootFD))
}

// filesNeeded is what systemd was seen to open at its start (252 to 257: 40), with
// room for runs.
const filesNeeded = 128

// raiseFiles gives the manager as many open files as systemd has elsewhere
// (HIGH_RLIMIT_NOFILE), or, without CAP_SYS_RESOURCE, those that the caller may have.
// Package syscall's own call: its exec would else put the caller's limit back.
func raiseFiles() error {
	const many = 512 << 10
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: many, Max: many}) == nil {
		return nil
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Max < filesNeeded {
		return problem.Of(
			fmt.Errorf("open files are limited to %d: the embedded manager wants %d", limit.Max, filesNeeded),
			"raise `ulimit -n`, and limit the command alone: --ulimit nofile=N")
	}
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: limit.Max, Max: limit.Max})
}

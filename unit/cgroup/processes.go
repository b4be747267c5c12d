package cgroup

import (
	"errors"
	"strconv"
	"strings"

	"github.com/slimrun/slimrun/unit/linux"
)

// ErrHidden: a process of the cgroup is in a PID namespace that cannot be seen from
// here.
var ErrHidden = errors.New("its processes cannot be seen from this PID namespace")

// Processes are those of a cgroup's directory and of all below it: a payload may make
// cgroups of its own. None, where it is gone.
func Processes(dir string) (pids []int, err error) {
	err = walk(dir, func(dir string) error {
		own, err := processesOf(dir)
		pids = append(pids, own...)
		return err
	})
	return pids, err
}

// processesOf are those of one directory. A threaded cgroup lists none (EOPNOTSUPP):
// those above it do.
func processesOf(dir string) (pids []int, err error) {
	content, err := linux.ReadFile(dir + "/cgroup.procs")
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, linux.IgnoreMissing(err)
	}
	for line := range strings.Lines(content) {
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		switch {
		case err != nil:
			return nil, err
		case pid == 0:
			return nil, ErrHidden
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

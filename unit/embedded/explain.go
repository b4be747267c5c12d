package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/problem"
)

// explainClone names what gives no namespaces. ENOSPC is namespaces(7)'s here, and no
// disk's.
func explainClone(err error) error {
	switch {
	case errors.Is(err, unix.EPERM):
		return problem.Of(err, "a container needs CAP_SYS_ADMIN for it: `docker run --privileged`")
	case errors.Is(err, unix.ENOSPC):
		return problem.Errorf("one of these is too small, here or where this container was started: "+
			"`sysctl user.max_pid_namespaces user.max_mnt_namespaces user.max_uts_namespaces user.max_ipc_namespaces`",
			"making namespaces: %v", err)
	}
	return err
}

// explain adds systemd's own last words, and what is known of them.
func (s *supervisor) explain(err error) error {
	if words := complaints(s.log.Name()); words != "" {
		err = fmt.Errorf("%w: %s", err, words)
	}
	said, _ := os.ReadFile(s.log.Name())
	switch {
	case bytes.Contains(said, []byte("No space left on device")):
		return fmt.Errorf("%w: %w", err, unix.ENOSPC)
	case s.tree.v1() && bytes.Contains(said, []byte("cgroup v1")): // "... is no longer supported"
		return problem.Errorf("systemd 258 and later have dropped cgroup v1: "+problem.Boot("/", problem.Unified)+
			", or install an older systemd; "+s.logHint(), "on cgroup v1: %w", err)
	}
	return problem.Errorf(s.logHint(), "%w", err)
}

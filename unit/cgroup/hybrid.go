package cgroup

import (
	"fmt"
	"os"
	"strings"
)

// Complete brings a process that is in a unit's cgroup of the v2 tree into the one of
// systemd's v1 hierarchy too. A hybrid systemd (cg_create and cg_attach, up to v257) makes
// the second only together with the first, and lets a process go on without it. The first
// may have been left over: `slimrun exec` was in it when the last unit of that name went.
// systemd removes both with the unit. It is for below the embedded manager's own root, and for
// nowhere else. Errors: the process is elsewhere in both.
func (c Cgroup) Complete(pid int, unit string) error {
	tree, hybrid := c.mounts[""]
	if !hybrid || !isUnit(c.Unified, unit) {
		return fmt.Errorf("process %d is in no cgroup of %s", pid, unit)
	}
	group := strings.TrimSuffix(tree.Root, "/") + strings.TrimPrefix(c.Unified, tree.Point)
	dir := c.mounts[systemds].dir(group)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("completing the cgroup of %s: %w", unit, err)
	}
	return take(dir, pid)
}

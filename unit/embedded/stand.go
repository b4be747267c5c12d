package embedded

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/slimrun/slimrun/unit/cgroup"
)

// stand is where the supervisor is while its manager lives: in cgroups of its own
// beside the manager's slices, so that the end of its first caller's (a service, a job)
// does not take it, and every run with it.
type stand struct {
	tree   tree
	before cgroup.Cgroup
}

// standApart enters them. Where that fails the supervisor stays in its caller's, which
// is no reason not to have a manager.
func (t tree) standApart() stand {
	before, err := cgroup.Of("self", cgroup.FindMounts)
	if err != nil {
		return stand{}
	}
	s := stand{t, before}
	for _, b := range t {
		own := branch{b.controllers, b.dir, s.dir(b)}
		if own.create() != nil || cgroup.Enter(own.dir) != nil {
			s.leave()
			return stand{}
		}
	}
	return s
}

func (stand) dir(b branch) string { return filepath.Join(b.dir, "supervisor") }

// leave goes back, or to the top where the caller's is gone, and removes them. The tree
// is to go.
func (s stand) leave() {
	for _, b := range s.tree {
		if cgroup.Enter(s.cameFrom(b)) != nil {
			cgroup.Enter(b.parent)
		}
		os.Remove(s.dir(b)) // or the tree's removal does
	}
}

func (s stand) cameFrom(b branch) string {
	if !s.tree.v1() {
		return s.before.Unified
	}
	first, _, _ := strings.Cut(b.controllers, ",")
	return s.before.Dirs[first]
}

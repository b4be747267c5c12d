package adopt

import (
	"os"
	"slices"
	"strconv"

	"github.com/slimrun/slimrun/unit/linux"
)

// tree is all processes there are, with their parents.
type tree map[int]linux.Stat

// look reads them all. One that ends meanwhile is left out.
func look() (tree, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	all := tree{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if stat, err := linux.StatOf(pid); err == nil {
			all[pid] = stat
		}
	}
	return all, nil
}

// below are these processes and their descendants, parents before their children, so
// that what those fork from then on goes along.
func (t tree) below(roots []int) (pids []int) {
	children := map[int][]int{}
	for pid, stat := range t {
		children[stat.Parent] = append(children[stat.Parent], pid)
	}
	seen := map[int]bool{}
	for todo := slices.Clone(roots); len(todo) > 0; todo = todo[1:] {
		pid := todo[0]
		if _, there := t[pid]; !there || seen[pid] {
			continue
		}
		seen[pid] = true
		pids = append(pids, pid)
		slices.Sort(children[pid])
		todo = append(todo, children[pid]...)
	}
	return pids
}

// above are a process and its ancestors.
func (t tree) above(pid int) (pids []int) {
	for there := true; there && !slices.Contains(pids, pid); {
		var stat linux.Stat
		if stat, there = t[pid]; there {
			pids = append(pids, pid)
			pid = stat.Parent
		}
	}
	return pids
}

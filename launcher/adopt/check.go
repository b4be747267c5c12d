package adopt

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// ParsePIDs reads what is on the command line; every slip is told.
func ParsePIDs(words []string) (pids []int, err error) {
	var problems []error
	for _, word := range words {
		pid, err := strconv.Atoi(word)
		switch {
		case err != nil || pid <= 0:
			problems = append(problems, fmt.Errorf("%q: want the number of a process", word))
		case !slices.Contains(pids, pid):
			pids = append(pids, pid)
		}
	}
	return pids, errors.Join(problems...)
}

// checker tells whom slimrun leaves alone.
type checker struct {
	tree  tree
	roots []int
	own   []int // slimrun and its ancestors
	runs  []runs.Run
}

// check looks at all that would be moved. The error joins every reason against it.
func (c checker) check(pids []int) error {
	var problems []error
	for _, pid := range c.roots {
		if _, there := c.tree[pid]; !there {
			problems = append(problems, fmt.Errorf("process %d: there is none", pid))
		}
	}
	for _, pid := range pids {
		if err := c.one(pid); err != nil {
			problems = append(problems, fmt.Errorf("process %d (%s)%w", pid, c.tree[pid].Name, err))
		}
	}
	return errors.Join(problems...)
}

// one says why a process is left alone; nil for one that is not.
func (c checker) one(pid int) error {
	below := ", a descendant of one of those,"
	if slices.Contains(c.roots, pid) {
		below = ""
	}
	refuse := func(why, remedy string) error { return problem.Of(errors.New(below+" is "+why), remedy) }
	stat := c.tree[pid]
	lines, err := cgroup.Lines(strconv.Itoa(pid))
	_, systemds, _ := strings.Cut(lines, "name=systemd:")
	if systemds == "" {
		systemds = lines
	}
	first, _, _ := strings.Cut(systemds, "\n")
	switch {
	case stat.Kernel:
		return refuse("a thread of the kernel's", "only programs have limits")
	case slices.Contains(c.own, pid):
		return refuse("slimrun itself, or what it was started by", "adopt it from elsewhere: another terminal, say")
	case !ours(pid):
		return refuse("another user's", "as root: slimrun adopt "+strconv.Itoa(pid))
	case pid == 1 || err == nil && path.Base(first) == "init.scope":
		return refuse("a manager's own", "adopt what it has started")
	}
	for _, run := range c.runs {
		if run.Dir != "" && run.Manager.Within(run.Dir, pid) {
			return refuse("in the run "+run.Name, "slimrun update "+run.Name+" changes its limits")
		}
	}
	if isSlimrun(pid, stat.Name) {
		return refuse("slimrun's own", "what it waits for has limits already: slimrun ps")
	}
	return nil
}

// ours says whether a process is this user's, by all of its ids. Root may move anybody.
func ours(pid int) bool {
	if os.Geteuid() == 0 {
		return true
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return linux.IgnoreMissing(err) == nil // it has ended since: nobody's
	}
	for line := range strings.Lines(string(text)) {
		ids, ok := strings.CutPrefix(line, "Uid:")
		if !ok {
			continue
		}
		own := strconv.Itoa(os.Geteuid())
		return !slices.ContainsFunc(strings.Fields(ids), func(id string) bool { return id != own })
	}
	return false
}

// isSlimrun: by its program, where that may be seen, or by its name.
func isSlimrun(pid int, name string) bool {
	theirs, err1 := os.Stat("/proc/" + strconv.Itoa(pid) + "/exe")
	own, err2 := os.Stat("/proc/self/exe")
	return strings.HasPrefix(name, "slimrun") || err1 == nil && err2 == nil && os.SameFile(theirs, own)
}

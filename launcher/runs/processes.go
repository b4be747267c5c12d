package runs

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// Processes are those of a run at one moment.
type Processes struct {
	Init    int   // slimrun's own; 0 where there is none, as in what was adopted
	Payload []int // the one that the init has started; without an init, those whose parents are not of the run
	Others  []int // all but the init
}

// ErrEnded: nothing of the run is left.
var ErrEnded = errors.New("it has ended meanwhile")

// errStarting: its payload has not been executed yet.
var errStarting = errors.New("it is still starting")

// Processes looks at who is in the run.
func (r Run) Processes() (Processes, error) {
	if r.Dir == "" {
		return Processes{}, ErrEnded
	}
	pids, err := cgroup.Processes(r.Dir)
	if err == nil && len(pids) == 0 && r.Manager.Blind() {
		err = cgroup.ErrHidden
	}
	switch {
	case errors.Is(err, cgroup.ErrHidden):
		return Processes{}, problem.Of(err, "ask from outside of the run that this is")
	case err != nil:
		return Processes{}, err
	}
	seen := statsOf(pids)
	if len(seen) == 0 {
		return Processes{}, ErrEnded
	}
	return sort(seen)
}

// member is a process of the run.
type member struct {
	pid int
	linux.Stat
}

func statsOf(pids []int) (members []member) {
	for _, pid := range pids {
		if stat, err := linux.StatOf(pid); err == nil {
			members = append(members, member{pid, stat})
		}
	}
	slices.SortFunc(members, func(a, b member) int {
		return cmp.Or(cmp.Compare(a.Born, b.Born), cmp.Compare(a.pid, b.pid))
	})
	return members
}

// sort tells the init from the others: it is the first of those whose parent is not
// of the run. A payload's processes come later, whatever they call themselves, and a
// command that was executed in the run does too.
func sort(seen []member) (p Processes, err error) {
	roots := slices.DeleteFunc(slices.Clone(seen), func(m member) bool {
		return slices.ContainsFunc(seen, func(other member) bool { return other.pid == m.Parent })
	})
	switch {
	case len(roots) == 0:
		return p, ErrEnded
	case isStarting(roots[0].pid):
		return p, errStarting
	case roots[0].Name == initName:
		p.Init = roots[0].pid
	}
	for _, m := range seen {
		if m.pid != p.Init {
			p.Others = append(p.Others, m.pid)
		}
	}
	if p.Init == 0 {
		for _, m := range roots {
			p.Payload = append(p.Payload, m.pid)
		}
		return p, nil
	}
	p.Payload, err = firstChild(p.Init)
	return p, err
}

// isStarting says whether it is an init that has not called itself one yet: it does
// so when the payload has been executed.
func isStarting(pid int) bool {
	stat, err := linux.StatOf(pid)
	line, _ := linux.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && stat.Name != initName && strings.HasPrefix(line, initName+"\x00")
}

// firstChild is the payload: the kernel lists children in the order in which they came,
// and orphans come later. There is always one while the init lives.
func firstChild(init int) ([]int, error) {
	text, err := linux.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", init, init))
	if errors.Is(err, os.ErrNotExist) && linux.Alive(init) {
		return nil, errors.New("this kernel does not list children (CONFIG_PROC_CHILDREN)")
	}
	first, _, _ := strings.Cut(text, " ")
	pid, numeral := strconv.Atoi(first)
	if err != nil || numeral != nil {
		return nil, ErrEnded
	}
	return []int{pid}, nil
}

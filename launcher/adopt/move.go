package adopt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// rounds bound how often it is looked for descendants that were forked meanwhile. Who
// is in the scope forks there, so a second one mostly finds nobody.
const rounds = 100

// move moves them: those that were named first, since what they fork goes along, then
// whoever is below, until nobody is left outside. In the end the held child goes.
func (a *adoption) move(ctx context.Context) error {
	err := a.moveAll(ctx)
	inside, _ := cgroup.Processes(a.dir)
	a.done.Name, a.done.Processes = strings.TrimSuffix(a.scope, ".scope"), len(inside)-1
	if err == nil && a.done.Processes < 1 {
		err = errors.New("they have ended meanwhile")
	}
	if err == nil {
		err = a.manager.ProveAll(ctx, a.scope, a.dir, a.Limits)
	}
	if a.done.Processes < 1 {
		a.manager.StopScope(ctx, a.scope)
	}
	if released := a.held.Release(); released != nil {
		a.held.Kill()
	}
	<-a.held.Done
	return err
}

// moveAll moves those that were named, and their descendants as long as there are any outside.
func (a *adoption) moveAll(ctx context.Context) error {
	for _, pid := range a.PIDs {
		if err := a.attach(ctx, pid); err != nil {
			return err
		}
	}
	for range rounds {
		outside, err := a.outside()
		if err != nil || len(outside) == 0 {
			return err
		}
		for _, pid := range outside {
			if err := a.attach(ctx, pid); err != nil {
				return err
			}
		}
	}
	return problem.Errorf("slimrun stop "+strings.TrimSuffix(a.scope, ".scope")+" ends those that are in it",
		"they fork faster than they can be moved: some are not in %s", a.scope)
}

// outside are descendants that are not in the scope, parents first.
func (a *adoption) outside() ([]int, error) {
	inside, err := cgroup.Processes(a.dir)
	if err != nil {
		return nil, err
	}
	all, err := look()
	if err != nil {
		return nil, err
	}
	there := func(pid int) bool { return slices.Contains(inside, pid) || !ours(pid) }
	return slices.DeleteFunc(all.below(append(a.PIDs, inside...)), there), nil
}

// attach moves one. One that has ended needs it no more.
func (a *adoption) attach(ctx context.Context, pid int) error {
	err := a.manager.Attach(ctx, a.scope, []int{pid})
	if err == nil || !linux.Alive(pid) || isZombie(pid) || errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return fmt.Errorf("process %d: %w", pid, err)
}

func isZombie(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	return err != nil || strings.Contains(string(text), "\nState:\tZ")
}

// figure adds up a line of /proc/PID/status.
func figure(pids []int, name string) (sum uint64) {
	for _, pid := range pids {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, name+":"); ok {
				n, _ := strconv.ParseUint(strings.Fields(value + " 0")[0], 10, 64)
				sum += n
			}
		}
	}
	return sum
}

func tasks(pids []int) uint64 { return figure(pids, "Threads") }

// resident is memory that they have by themselves, shared pages left out.
func resident(pids []int) uint64 { return figure(pids, "RssAnon") << 10 }

// commandOf is a process's command line, for people.
func commandOf(pid int) string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if line := strings.TrimRight(string(text), "\x00"); err == nil && line != "" {
		return strings.ReplaceAll(line, "\x00", " ")
	}
	stat, _ := linux.StatOf(pid)
	return stat.Name
}

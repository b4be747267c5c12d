package runs

import (
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/linux"
)

// Sight is what is seen of a run at one moment.
type Sight struct {
	cgroup.Now
	Cgroup   cgroup.Cgroup
	Init     int       // PID of slimrun's init, 0 where there is none or it cannot be seen
	Launcher int       // PID of the slimrun that waits for it, likewise
	Started  time.Time // zero where that cannot be seen
	State    State
}

// State is what a run does.
type State string

// The states of a run.
const (
	Running  State = "running"
	Paused   State = "paused"
	Stopping State = "stopping"
	Ended    State = "ended"
)

// Look looks at a run. What is gone meanwhile is missing.
func (r Run) Look() Sight {
	if r.Dir == "" {
		return Sight{State: r.state(cgroup.Now{})}
	}
	own, pids := r.Manager.CgroupAt(r.Dir)
	s := Sight{Cgroup: own}
	if own.Path != "" {
		s.Now = own.Now()
	}
	s.State = r.state(s.Now)
	s.findInit(pids)
	if s.Started.IsZero() {
		s.Started = born(r.Dir)
	}
	return s
}

func (r Run) state(now cgroup.Now) State {
	switch {
	case r.job() != "":
		return r.jobState()
	case r.Manager == nil && r.Record != nil && !r.Record.Lives():
		return Ended
	case r.Unasked != nil: // its slimrun waits; more only the manager knows
		return Running
	case r.Stopping, r.Manager == nil:
		return Stopping
	case now.Frozen:
		return Paused
	}
	return Running
}

// initName is the kernel's name of slimrun's init. The first of its name is it: the
// payload's processes come later, whatever they call themselves.
const initName = "slimrun-init"

func (s *Sight) findInit(pids []int) {
	for _, pid := range pids {
		stat, err := linux.StatOf(pid)
		if err == nil && stat.Name == initName {
			s.Init, s.Launcher, s.Started = pid, stat.Parent, stat.Started
			return
		}
	}
}

// born is when a cgroup was made, as far as one can tell: the kernel notes when
// anything was last made or removed in it.
func born(dir string) time.Time {
	info, err := os.Stat(dir)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// Command is the payload's command line, from that of the slimrun that waits for it;
// nil where that is not seen.
func (s Sight) Command() []string {
	if s.Launcher <= 0 {
		return nil
	}
	text, err := linux.ReadFile("/proc/" + strconv.Itoa(s.Launcher) + "/cmdline")
	if err != nil {
		return nil
	}
	_, payload, ok := strings.Cut(strings.TrimSuffix(text, "\x00"), "\x00--\x00")
	if !ok {
		return nil
	}
	return strings.Split(payload, "\x00")
}

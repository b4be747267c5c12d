package nsinit

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// Attributes are a process's own, which no cgroup holds and a scope's
// properties cannot give: they are put on the payload alone, just before it
// is executed, so that the init keeps its own.
type Attributes struct {
	Rlimits     []Rlimit
	Nice        Setting
	OOMScoreAdj Setting
	Policy      Setting // SCHED_*
}

// Rlimit is one resource limit.
type Rlimit struct {
	Name       string // for a failure: "nofile"
	Resource   int
	Soft, Hard uint64
}

// Setting is a number that may be left as it is.
type Setting struct {
	Given bool
	Value int
}

func (s *Setting) fields(x *codec) {
	x.bool(&s.Given)
	x.int(&s.Value)
}

func (a *Attributes) fields(x *codec) {
	list(x, &a.Rlimits, func(x *codec, r *Rlimit) {
		x.string(&r.Name)
		x.int(&r.Resource)
		x.uint(&r.Soft)
		x.uint(&r.Hard)
	})
	a.Nice.fields(x)
	a.OOMScoreAdj.fields(x)
	a.Policy.fields(x)
}

// given says whether there is anything to apply.
func (a *Attributes) given() bool {
	return len(a.Rlimits) > 0 || a.Nice.Given || a.OOMScoreAdj.Given || a.Policy.Given
}

// Steps that the launcher explains.
const (
	StepRlimit   = "setting the limit"
	StepNice     = "setting the nice value"
	StepOOMScore = "setting oom_score_adj"
)

func (a *Attributes) apply() *Failure {
	if a.Nice.Given {
		if err := unix.Setpriority(unix.PRIO_PROCESS, 0, a.Nice.Value); err != nil {
			return fail(StepNice, strconv.Itoa(a.Nice.Value), err)
		}
	}
	if failure := a.schedule(); failure != nil {
		return failure
	}
	if a.OOMScoreAdj.Given {
		if err := writeFile("/proc/self/oom_score_adj", strconv.Itoa(a.OOMScoreAdj.Value)); err != nil {
			return fail(StepOOMScore, strconv.Itoa(a.OOMScoreAdj.Value), err)
		}
	}
	for _, r := range a.Rlimits {
		if err := unix.Prlimit(0, r.Resource, &unix.Rlimit{Cur: r.Soft, Max: r.Hard}, nil); err != nil {
			return fail(StepRlimit, r.Name, err)
		}
	}
	return nil
}

// schedule keeps the nice value: sched_setscheduler takes none.
func (a *Attributes) schedule() *Failure {
	if !a.Policy.Given {
		return nil
	}
	if err := schedSetScheduler(a.Policy.Value); err != nil {
		return fail("setting the scheduling policy", "", err)
	}
	return nil
}

func writeFile(path, text string) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	_, err = unix.Write(fd, []byte(text))
	return err
}

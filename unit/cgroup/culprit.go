package cgroup

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Whose limit it was that the kernel killed for.
type Whose int

// Unknown is what the kernel does not say, such as of a cgroup that is gone.
const (
	Unknown Whose = iota
	Own           // the run's
	Above         // a cgroup's that holds the run: a slice's, a service's, a container's
	Inside        // one that the payload has made in its own
	Machine       // nobody's: the machine had no memory left
)

func (w Whose) String() string { return [...]string{"unknown", "own", "above", "inside", "machine"}[w] }

// Culprit is the cgroup whose limit was reached; Path is below what is mounted
// here, and Limit in bytes, nil for none.
type Culprit struct {
	Whose Whose
	Path  string
	Limit *uint64
}

// Marks are how often each cgroup above had killed for its limit when a run began:
// they are others' too.
type Marks struct {
	own   Cgroup
	above []Level
	seen  []uint64
}

// MarkOOM notes that.
func (c Cgroup) MarkOOM() Marks {
	m := Marks{own: c, above: c.Above("memory")}
	if top := c.top("memory"); len(m.above) > 0 && m.above[len(m.above)-1].dir != top.dir {
		m.above = append(m.above, top) // a container's own, or the root of all, which counts none
	}
	for _, level := range m.above {
		m.seen = append(m.seen, level.limitHits())
	}
	return m
}

// Culprit says whose limit was reached since, after a kill: the lowest. v2 counts the
// kills for a cgroup's own limit (memory.events.local, Linux 5.2); v1 only how often
// that was reached.
func (m Marks) Culprit() Culprit {
	levels := m.own.Levels("memory")
	if len(levels) == 0 {
		return Culprit{}
	}
	if !levels[0].there() {
		return Culprit{}
	}
	inside, found := levels[0].below()
	switch {
	case found && levels[0].v1: // there the run's own limit may have been reached, and nothing killed
		return inside.culprit(Inside)
	case levels[0].limitHits() > 0:
		return levels[0].culprit(Own)
	case found:
		return inside.culprit(Inside)
	}
	for i, level := range m.above {
		if level.limitHits() > m.seen[i] {
			return level.culprit(Above)
		}
	}
	uncounted := slices.ContainsFunc(append(levels, m.above...), Level.together)
	if uncounted || !levels[0].there() { // it went meanwhile, and nothing of the above was sure
		return Culprit{}
	}
	return Culprit{Whose: Machine}
}

// there says whether its counters can be read: systemd removes a cgroup at once.
func (l Level) there() bool {
	file := "memory.events.local"
	if l.v1 {
		file = "memory.failcnt"
	}
	_, err := l.Read("memory", file)
	return err == nil
}

func (l Level) culprit(whose Whose) Culprit {
	file := "memory.max"
	if l.v1 {
		file = "memory.limit_in_bytes"
	}
	content, _ := l.Read("memory", file)
	return Culprit{Whose: whose, Path: l.Path, Limit: parseNumber(content)}
}

// limitHits is how often its own limit was reached and something had to be killed, on v1 how
// often it was reached; 0 where it has none.
func (l Level) limitHits() uint64 {
	if l.v1 {
		return value(reached(l.dir))
	}
	content, _ := l.Read("memory", "memory.events.local")
	return value(parsePairs(content)["oom"])
}

// reached is how often a cgroup of v1 has reached its limit: that on memory, or that on memory
// and swap together, which comes first where it is the same (as Slurm's is).
func reached(dir string) *uint64 {
	memory, err := readFile(dir + "/memory.failcnt")
	if err != nil {
		return nil
	}
	both, _ := readFile(dir + "/memory.memsw.failcnt") // none without swapaccount=1
	sum := value(parseNumber(memory)) + value(parseNumber(both))
	return &sum
}

// together says whether memory and swap are limited together there: newer kernels (6.18) do
// not count how often that is reached.
func (l Level) together() bool {
	if !l.v1 {
		return false
	}
	limit, err := l.Read("memory", "memory.memsw.limit_in_bytes")
	n := parseNumber(limit)
	return err == nil && n != nil && *n < 1<<62
}

func value(n *uint64) uint64 {
	if n == nil {
		return 0
	}
	return *n
}

// levelsBelow is how many cgroups of the payload's are looked at.
const levelsBelow = 1000

// below finds one of the payload's that has reached its limit and killed.
func (l Level) below() (found Level, ok bool) {
	left := levelsBelow
	walk(l.dir, func(dir string) error {
		if dir == l.dir {
			return nil
		}
		if left--; left < 0 {
			return fs.SkipAll
		}
		one := Level{Path: filepath.Join(l.Path, strings.TrimPrefix(dir, l.dir)), dir: dir, v1: l.v1}
		if one.limitHits() > 0 && one.kills() > 0 {
			found, ok = one, true
			return fs.SkipAll
		}
		return nil
	})
	return found, ok
}

// kills is how many processes in it were killed, on v1 of its own alone.
func (l Level) kills() uint64 {
	file := "memory.events"
	if l.v1 {
		file = "memory.oom_control"
	}
	content, _ := l.Read("memory", file)
	return value(parsePairs(content)["oom_kill"])
}

// killsBelow are those of v1 in the payload's own cgroups, which are not counted
// upwards there.
func (c Cgroup) killsBelow() (sum uint64) {
	dir, left := c.dir("memory"), levelsBelow
	if dir == "" {
		return 0
	}
	walk(dir, func(name string) error {
		if name == dir {
			return nil
		}
		if left--; left < 0 {
			return fs.SkipAll
		}
		sum += Level{dir: name, v1: true}.kills()
		return nil
	})
	return sum
}

package cgroup

import "path"

// shared is what a run goes by that is in a cgroup together with others: what had been
// counted there when it began, which is not the run's.
type shared struct {
	at     string // the directory of the cgroup around it whose limit on memory holds it
	before struct {
		oom   OOM
		usage Usage
		forks *uint64
	}
}

// Shared is this cgroup for a run that has no other, from now on. The peak of memory, and
// how often its limit was reached, stand at the level whose limit that is: held, or nil.
func (c Cgroup) Shared(held *Level) Cgroup {
	s := &shared{}
	if held != nil {
		s.at = held.dir
	}
	c.shared = s
	oom, usage, forks := c.OOM(), c.Usage(), c.ForksRefused()
	s.before.oom, s.before.usage, s.before.forks = oom, usage, forks
	return c
}

// By is the cgroup named by the hierarchy of a controller, where that is another than
// systemd's: Slurm on v1 does not touch that one.
func (c Cgroup) By(controller string) Cgroup {
	if levels := c.Levels(controller); c.V1() && len(levels) > 0 {
		c.Path = path.Clean(levels[0].Path)
	}
	return c
}

// dirOfLimit is where the limit on memory stands, which others may have set.
func (c Cgroup) dirOfLimit() string {
	if c.shared != nil && c.shared.at != "" {
		return c.shared.at
	}
	return c.dir("memory")
}

// atLimit reads a number there.
func (c Cgroup) atLimit(file string) *uint64 {
	content, err := readFile(c.dirOfLimit() + "/" + file)
	if err != nil {
		return nil
	}
	return parseNumber(content)
}

// sinceOOM is what has been counted since; how often the limit was reached where it stands.
func (s *shared) sinceOOM(now OOM) OOM {
	if s == nil {
		return now
	}
	if content, err := readFile(s.at + "/memory.events"); err == nil {
		around := parsePairs(content)
		now.Max, now.High = around["max"], around["high"]
	} else if times := reached(s.at); times != nil {
		now.Max = times
	}
	was := s.before.oom
	return OOM{Kills: more(now.Kills, was.Kills), Max: more(now.Max, was.Max), High: more(now.High, was.High)}
}

func (s *shared) sinceForks(now *uint64) *uint64 {
	if s == nil {
		return now
	}
	return more(now, s.before.forks)
}

// since is what of the figures has come since the run began. A peak is the run's only where there
// was none as high before.
func (s *shared) since(now Usage) Usage {
	if s == nil {
		return now
	}
	was := s.before.usage
	for _, counter := range []struct{ now, was **uint64 }{
		{&now.CPU, &was.CPU},
		{&now.CPUUser, &was.CPUUser},
		{&now.CPUSystem, &was.CPUSystem},
		{&now.Throttled, &was.Throttled},
		{&now.Periods, &was.Periods},
		{&now.PeriodsThrottled, &was.PeriodsThrottled},
		{&now.IORead, &was.IORead},
		{&now.IOWrite, &was.IOWrite},
	} {
		*counter.now = more(*counter.now, *counter.was)
	}
	now.MemoryPeak, now.SwapPeak = s.peak(now.MemoryPeak), higher(now.SwapPeak, was.SwapPeak)
	now.PidsPeak = higher(now.PidsPeak, was.PidsPeak)
	for resource, pressure := range now.Pressure {
		if before := was.Pressure[resource]; pressure != nil && before != nil {
			now.Pressure[resource] = &Pressure{more(pressure.Some, before.Some), more(pressure.Full, before.Full)}
		}
	}
	return now
}

// peak is one of memory, where the run has set it.
func (s *shared) peak(now *uint64) *uint64 {
	if s == nil {
		return now
	}
	return higher(now, s.before.usage.MemoryPeak)
}

// more is what a counter has counted since; nil where nobody can tell.
func more(now, was *uint64) *uint64 {
	if now == nil || was == nil {
		return now
	}
	n := *now - min(*was, *now)
	return &n
}

// higher is a highest figure where it is the run's; before the run there was no less else.
func higher(now, was *uint64) *uint64 {
	if now != nil && was != nil && *now <= *was {
		return nil
	}
	return now
}

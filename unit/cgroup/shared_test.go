package cgroup

import "testing"

// Of what is counted in a cgroup of others' too only what came since is the run's; a peak
// only where it is a new one, and what the kernel does not count stays unknown.
func TestShared(t *testing.T) {
	n := func(n uint64) *uint64 { return &n }
	s := &shared{}
	s.before.oom = OOM{Kills: n(2), Max: n(5)}
	s.before.usage = Usage{
		CPU: n(100), MemoryPeak: n(50), SwapPeak: n(7),
		Pressure: map[string]*Pressure{"cpu": {Some: n(10)}},
	}
	oom := s.sinceOOM(OOM{Kills: n(3), Max: n(5), High: nil})
	if *oom.Kills != 1 || *oom.Max != 0 || oom.High != nil {
		t.Errorf("events since: %d kills, %d max, %v", *oom.Kills, *oom.Max, oom.High)
	}
	usage := s.since(Usage{
		CPU: n(130), MemoryPeak: n(60), SwapPeak: n(7),
		Pressure: map[string]*Pressure{"cpu": {Some: n(12)}, "io": nil},
	})
	if *usage.CPU != 30 || usage.IORead != nil || *usage.Pressure["cpu"].Some != 2 {
		t.Errorf("counters since: %+v", usage)
	}
	if *usage.MemoryPeak != 60 || usage.SwapPeak != nil {
		t.Errorf("peaks: memory %v, swap %v: want 60 and none, which was not the run's",
			usage.MemoryPeak, usage.SwapPeak)
	}
	var own *shared
	if all := own.sinceOOM(OOM{Kills: n(3)}); *all.Kills != 3 {
		t.Errorf("a run's own: %d kills", *all.Kills)
	}
}

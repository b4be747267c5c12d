package cgroup

import "strings"

// Now is what the kernel says of a cgroup at one moment. nil: it gives no such figure;
// of a limit, there is none. Times in microseconds, sizes in bytes.
type Now struct {
	Memory, MemoryMax, Swap *uint64
	CPU                     *uint64 // used so far
	Pids, PidsMax           *uint64
	Kills                   *uint64 // by the kernel's killer
	Frozen                  bool
}

// noLimit is what v1 has for none, but for the last page (PAGE_COUNTER_MAX).
const noLimit = 1 << 62

// Now reads the figures that a table shows.
func (c Cgroup) Now() Now {
	now := Now{
		CPU:  parsePairs(c.unifiedFile("cpu.stat"))["usage_usec"],
		Pids: c.number("pids", "pids.current"), PidsMax: c.number("pids", "pids.max"),
		Kills:  c.OOM().Kills,
		Frozen: strings.Contains(c.unifiedFile("cgroup.events"), "frozen 1"),
	}
	if c.V1() {
		now.Memory = c.number("memory", "memory.usage_in_bytes")
		now.MemoryMax = c.number("memory", "memory.limit_in_bytes")
		if now.MemoryMax != nil && *now.MemoryMax >= noLimit {
			now.MemoryMax = nil
		}
		return now
	}
	now.Memory, now.MemoryMax = c.number("memory", "memory.current"), c.number("memory", "memory.max")
	now.Swap = c.number("memory", "memory.swap.current")
	return now
}

// Stalls are the times that it has waited for cpu, memory and io (PSI).
func (c Cgroup) Stalls() map[string]*Pressure {
	stalls := map[string]*Pressure{}
	for _, resource := range Resources {
		stalls[resource] = parsePressure(c.unifiedFile(resource + ".pressure"))
	}
	return stalls
}

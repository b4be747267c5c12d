package cgroup

import (
	"path"
	"strconv"
	"strings"
)

// Usage is what the kernel counted for a run. nil: it gives no such figure.
// Times in microseconds, sizes in bytes.
type Usage struct {
	CPU, CPUUser, CPUSystem, Throttled *uint64
	Periods, PeriodsThrottled          *uint64 // of --cpus, 100 ms each
	MemoryPeak, SwapPeak, PidsPeak     *uint64
	IORead, IOWrite                    *uint64
	Pressure                           map[string]*Pressure // cpu, memory, io
}

// Pressure is the total stall time of PSI, in microseconds.
type Pressure struct{ Some, Full *uint64 }

// OOM counts the kernel's memory events of a run (memory.events, v2; v1 has
// the kills in memory.oom_control, and failcnt for limit hits).
type OOM struct{ Kills, Max, High *uint64 }

// OOM reads the memory events; all nil when the cgroup is gone.
func (c Cgroup) OOM() OOM {
	if c.V1() {
		return c.memoryEvents(c.pairs("memory", "memory.oom_control"))
	}
	return c.memoryEvents(c.pairs("memory", "memory.events"))
}

// memoryEvents takes what has been read: v1 counts no kills upwards.
func (c Cgroup) memoryEvents(events map[string]*uint64) OOM {
	oom := OOM{Kills: events["oom_kill"], Max: events["max"], High: events["high"]}
	if oom.Kills != nil && c.V1() {
		sum := *oom.Kills + c.killsBelow()
		oom = OOM{Kills: &sum, Max: reached(c.dir("memory"))}
	}
	return c.shared.sinceOOM(oom)
}

// ForksRefused counts the forks that a limit on tasks refused; nil where the
// kernel does not say. v1, and v2 before kernel 6.11, count those too that a
// limit above this cgroup refused.
func (c Cgroup) ForksRefused() *uint64 {
	return c.shared.sinceForks(c.pairs("pids", "pids.events")["max"])
}

// Usage reads the figures; all nil when the cgroup is gone.
func (c Cgroup) Usage() Usage {
	usage := Usage{Pressure: c.Stalls()}
	usage.cpu(c)
	usage.PidsPeak = c.number("pids", "pids.peak")
	if c.V1() {
		usage.MemoryPeak = c.atLimit("memory.max_usage_in_bytes")
		usage.IORead, usage.IOWrite = c.moved("blkio.throttle.io_service_bytes_recursive", parseBlkio)
	} else {
		usage.MemoryPeak = c.atLimit("memory.peak")
		usage.SwapPeak = c.atLimit("memory.swap.peak")
		usage.IORead, usage.IOWrite = c.moved("io.stat", parseIOStat)
	}
	return c.shared.since(usage)
}

// cpu reads cpu.stat of the v2 tree, which counts without the controller;
// throttling only with it.
func (u *Usage) cpu(c Cgroup) {
	stat := parsePairs(c.unifiedFile("cpu.stat"))
	u.CPU, u.CPUUser, u.CPUSystem = stat["usage_usec"], stat["user_usec"], stat["system_usec"]
	u.Throttled = stat["throttled_usec"]
	if c.V1() {
		stat = c.pairs("cpu", "cpu.stat")
		if nsec := stat["throttled_time"]; nsec != nil {
			usec := *nsec / 1000
			u.Throttled = &usec
		}
	}
	u.Periods, u.PeriodsThrottled = stat["nr_periods"], stat["nr_throttled"]
}

// moved reads the bytes read and written; nil without the controller.
func (c Cgroup) moved(file string, parse func(string) (read, written uint64)) (read, written *uint64) {
	content, err := c.Read("io", file)
	if err != nil {
		return nil, nil
	}
	r, w := parse(content)
	return &r, &w
}

// parseIOStat adds up "8:0 rbytes=1 wbytes=2 rios=3 ...", a line a device; a
// device without I/O has no line.
func parseIOStat(content string) (read, written uint64) {
	for _, field := range strings.Fields(content) {
		key, value, _ := strings.Cut(field, "=")
		n, _ := strconv.ParseUint(value, 10, 64)
		switch key {
		case "rbytes":
			read += n
		case "wbytes":
			written += n
		}
	}
	return read, written
}

// parseBlkio adds up v1's "8:0 Read 4096" lines.
func parseBlkio(content string) (read, written uint64) {
	for line := range strings.Lines(content) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		n, _ := strconv.ParseUint(fields[2], 10, 64)
		switch fields[1] {
		case "Read":
			read += n
		case "Write":
			written += n
		}
	}
	return read, written
}

// parsePressure reads "some avg10=… total=N" and "full …"; nil without PSI.
func parsePressure(content string) *Pressure {
	if content == "" {
		return nil
	}
	pressure := &Pressure{}
	for line := range strings.Lines(content) {
		_, total, ok := strings.Cut(strings.TrimSpace(line), " total=")
		switch {
		case ok && strings.HasPrefix(line, "some "):
			pressure.Some = parseNumber(total)
		case ok && strings.HasPrefix(line, "full "):
			pressure.Full = parseNumber(total)
		}
	}
	return pressure
}

// unifiedFile reads a file that the v2 tree has without any controller; ""
// where that tree leaves the process in some parent, whose figures are not
// its own.
func (c Cgroup) unifiedFile(file string) string {
	dir := c.unified()
	if dir == "" {
		return ""
	}
	content, err := readFile(dir + "/" + file)
	if err != nil {
		return ""
	}
	return content
}

// unified is the directory in the v2 tree, where that is the process's own.
func (c Cgroup) unified() string {
	if path.Base(c.Unified) != path.Base(c.Path) {
		return ""
	}
	return c.Unified
}

func (c Cgroup) number(controller, file string) *uint64 {
	content, err := c.Read(controller, file)
	if err != nil {
		return nil
	}
	return parseNumber(content)
}

func (c Cgroup) pairs(controller, file string) map[string]*uint64 {
	content, err := c.Read(controller, file)
	if err != nil {
		return nil
	}
	return parsePairs(content)
}

// parsePairs reads the kernel's flat keyed files: "oom_kill 1" a line.
func parsePairs(content string) map[string]*uint64 {
	pairs := map[string]*uint64{}
	for line := range strings.Lines(content) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		pairs[key] = parseNumber(value)
	}
	return pairs
}

func parseNumber(s string) *uint64 {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

package cgroup

import (
	"bytes"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// NotGiven is a figure that the kernel does not give.
const NotGiven = ^uint64(0)

// Reading is what the kernel says of a run at one moment, a figure of it NotGiven
// where it says nothing. Sizes in bytes, times in microseconds since the start.
type Reading struct {
	WorkingSet uint64 // what cannot be taken back: anonymous, shared, kernel memory, and what was swapped out
	Cache      uint64 // what can
	Dirty      uint64 // of the cache: what the disk must have first
	Limit      uint64 // on memory; NotGiven also for none
	Kills      uint64 // for memory, so far
	CPU        uint64
	Throttled  uint64
	Waited     [3]uint64 // for cpu, memory, io (PSI's "some")
}

// Resources are those that PSI tells of, in the order of Reading.Waited.
var Resources = [3]string{"cpu", "memory", "io"}

// Gauge reads a run's figures again and again: its files are open, and one read
// takes a file whole.
type Gauge struct {
	v1     bool
	memory file // memory.stat, v1's too
	swap   file // memory.swap.current, where the run may swap
	limit  file // memory.max; v1 has it in memory.stat
	events file // memory.events, v1's memory.oom_control
	cpu    file // cpu.stat of the v2 tree
	quota  file // v1's cpu.stat, which alone knows of throttling there
	waited [3]file
	room   [8 << 10]byte // more than any of them
}

// file is a descriptor to be read at offset 0; closed is none.
type file int

const closed file = -1

// Gauge opens the files, as far as there are any.
func (c Cgroup) Gauge() *Gauge {
	g := &Gauge{v1: c.V1(), swap: closed, limit: closed, quota: closed}
	g.memory = openFile(c.dir("memory"), "memory.stat")
	g.cpu = openFile(c.unified(), "cpu.stat")
	for i, resource := range Resources {
		g.waited[i] = openFile(c.unified(), resource+".pressure")
	}
	if g.v1 {
		g.events, g.quota = openFile(c.dir("memory"), "memory.oom_control"), openFile(c.dir("cpu"), "cpu.stat")
		return g
	}
	g.events, g.limit = openFile(c.Unified, "memory.events"), openFile(c.Unified, "memory.max")
	if most, err := c.Read("memory", "memory.swap.max"); err == nil && most != "0" {
		g.swap = openFile(c.Unified, "memory.swap.current")
	}
	return g
}

// openFile opens a file of the kernel's own, out of the runtime's sight, whose
// poller would wake up whenever its content changes.
func openFile(dir, name string) file {
	if dir == "" {
		return closed
	}
	fd, err := unix.Open(dir+"/"+name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return closed
	}
	if err := onCgroupFS(fd, name); err != nil {
		unix.Close(fd)
		return closed
	}
	return file(fd)
}

// Close lets go of the files.
func (g *Gauge) Close() {
	for _, f := range append([]file{g.memory, g.swap, g.limit, g.events, g.cpu, g.quota}, g.waited[:]...) {
		if f != closed {
			unix.Close(int(f))
		}
	}
}

// Read takes a reading. False: the cgroup is gone, or has no figures of memory.
func (g *Gauge) Read() (r Reading, ok bool) {
	r = Reading{
		Limit: NotGiven, Kills: NotGiven, CPU: NotGiven, Throttled: NotGiven,
		Waited: [3]uint64{NotGiven, NotGiven, NotGiven},
	}
	stat := g.content(g.memory)
	if len(stat) == 0 {
		return r, false
	}
	if g.v1 {
		r.addLegacy(stat)
	} else {
		r.addUnified(stat)
		r.WorkingSet += orNothing(number(g.content(g.swap)))
		r.Limit = number(g.content(g.limit))
	}
	set(&r.Kills, g.content(g.events), "oom_kill")
	cpu := g.content(g.cpu)
	set(&r.CPU, cpu, "usage_usec")
	set(&r.Throttled, cpu, "throttled_usec")
	if nsec := NotGiven; set(&nsec, g.content(g.quota), "throttled_time") {
		r.Throttled = nsec / 1000
	}
	for i, f := range g.waited {
		r.Waited[i] = someTotal(g.content(f))
	}
	return r, true
}

// addUnified adds up v2's memory.stat. What of the kernel's own memory stays is
// counted key by key: "kernel" (5.18) has the rest in it too.
func (r *Reading) addUnified(stat []byte) {
	eachPair(stat, func(key []byte, n uint64) {
		switch string(key) {
		case "anon", "kernel_stack", "pagetables", "sec_pagetables", "percpu", "sock", "vmalloc", "slab_unreclaimable":
			r.WorkingSet += n
		case "shmem": // "file" has it too
			r.WorkingSet += n
			r.Cache -= n
		case "file", "slab_reclaimable":
			r.Cache += n
		case "file_dirty", "file_writeback":
			r.Dirty += n
		}
	})
}

// addLegacy adds up v1's, where "rss" is anonymous memory. Of the kernel's own v1
// does not say what can be taken back, so none of it counts.
func (r *Reading) addLegacy(stat []byte) {
	eachPair(stat, func(key []byte, n uint64) {
		switch string(key) {
		case "total_rss", "total_swap":
			r.WorkingSet += n
		case "total_shmem":
			r.WorkingSet += n
			r.Cache -= n
		case "total_cache":
			r.Cache += n
		case "total_dirty", "total_writeback":
			r.Dirty += n
		case "hierarchical_memory_limit":
			if n < 1<<62 { // v1's largest page count is none
				r.Limit = n
			}
		}
	})
}

// content reads the file; nothing where that fails.
func (g *Gauge) content(f file) []byte {
	if f == closed {
		return nil
	}
	n := 0
	err := linux.Uninterrupted(func() (err error) { n, err = unix.Pread(int(f), g.room[:], 0); return err })
	if err != nil {
		return nil
	}
	return g.room[:n]
}

// eachPair goes through a flat keyed file, "anon 4096" a line, and makes nothing
// that would have to be collected.
func eachPair(content []byte, each func(key []byte, n uint64)) {
	for line := range bytes.Lines(content) {
		key, value, ok := bytes.Cut(line, []byte(" "))
		if n := number(value); ok && n != NotGiven {
			each(key, n)
		}
	}
}

func set(to *uint64, content []byte, wanted string) (found bool) {
	eachPair(content, func(key []byte, n uint64) {
		if string(key) == wanted {
			*to, found = n, true
		}
	})
	return found
}

// number is NotGiven for what is none, such as "max".
func number(text []byte) (n uint64) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || len(text) > 19 {
		return NotGiven
	}
	for _, digit := range text {
		if digit < '0' || digit > '9' {
			return NotGiven
		}
		n = n*10 + uint64(digit-'0')
	}
	return n
}

func orNothing(n uint64) uint64 {
	if n == NotGiven {
		return 0
	}
	return n
}

// someTotal is the total of a pressure file's first line, "some ... total=N".
func someTotal(content []byte) uint64 {
	line, _, _ := bytes.Cut(content, []byte("\n"))
	_, total, ok := bytes.Cut(line, []byte(" total="))
	if !ok {
		return NotGiven
	}
	return number(total)
}

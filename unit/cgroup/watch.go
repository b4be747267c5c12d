package cgroup

import (
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// Watch keeps the last memory events that the kernel announced, for a run of
// which everything dies at once: systemd may have removed the cgroup before
// its counters are read (--oom kill takes a user's init too).
type Watch struct {
	last   atomic.Pointer[Snapshot]
	cgroup Cgroup
	events *os.File // memory.events, nil where there is none
	peak   *os.File // memory.peak
}

// Snapshot is what the kernel counted at one moment.
type Snapshot struct {
	OOM   OOM
	Usage Usage
}

// WatchOOM begins to watch, without a thread and without waking up for
// nothing: the kernel says when memory.events changes. v1 says nothing, nor
// does a cgroup without the memory controller; the Watch then stays empty.
func (c Cgroup) WatchOOM() *Watch {
	w := &Watch{cgroup: c}
	if c.V1() || c.Unified == "" {
		return w
	}
	w.events, w.peak = openFigures(c.Unified+"/memory.events"), openFigures(c.Unified+"/memory.peak")
	if w.events != nil {
		go w.follow()
	}
	return w
}

// openFigures opens a file of the kernel's own to be read again and again; nil
// where there is none. Non-blocking, so that the runtime's poller takes it.
func openFigures(name string) *os.File {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	if err := onCgroupFS(fd, name); err != nil {
		unix.Close(fd)
		return nil
	}
	return os.NewFile(uintptr(fd), name)
}

// again are the pauses after a change, up to the next that the kernel announces
// (CGROUP_FILE_NOTIFY_MIN_INTV, 10 ms): a kill mostly follows reaching the limit,
// and with --oom kill the cgroup is gone some milliseconds after that.
var again = []time.Duration{0, time.Millisecond, time.Millisecond, 2 * time.Millisecond, 2 * time.Millisecond, 2 * time.Millisecond, 2 * time.Millisecond}

func (w *Watch) follow() {
	raw, err := w.events.SyscallConn()
	if err != nil {
		return
	}
	raw.Read(func(uintptr) (ended bool) {
		for _, pause := range again {
			time.Sleep(pause)
			if !w.look() {
				return true
			}
		}
		return false // wait for the next change
	})
}

// look keeps what the kernel counts now: kills and peak at once, and after a kill
// all figures if there is time. False: the cgroup is gone.
func (w *Watch) look() bool {
	events := parsePairs(reread(w.events))
	if events["oom_kill"] == nil {
		return false
	}
	now := Snapshot{OOM: memoryEvents(events), Usage: w.last.Load().usage()}
	if peak := parseNumber(reread(w.peak)); peak != nil {
		now.Usage.MemoryPeak = peak
	}
	w.last.Store(&now)
	if *now.OOM.Kills > 0 {
		if usage := w.cgroup.Usage(); usage.MemoryPeak != nil {
			w.last.Store(&Snapshot{OOM: now.OOM, Usage: usage})
		}
	}
	return true
}

func (s *Snapshot) usage() Usage {
	if s == nil {
		return Usage{}
	}
	return s.Usage
}

// reread reads a small file from its start; "" where it cannot.
func reread(file *os.File) (content string) {
	if file == nil {
		return ""
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return ""
	}
	var room [512]byte
	raw.Control(func(fd uintptr) {
		n := 0
		err = linux.Uninterrupted(func() (err error) { n, err = unix.Pread(int(fd), room[:], 0); return err })
		if err == nil {
			content = strings.TrimSpace(string(room[:n]))
		}
	})
	return content
}

// Last looks once more, and is what was seen last; empty where the kernel
// announces nothing.
func (w *Watch) Last() Snapshot {
	if w == nil {
		return Snapshot{}
	}
	w.look()
	if last := w.last.Load(); last != nil {
		return *last
	}
	return Snapshot{}
}

// Stop ends the watch.
func (w *Watch) Stop() {
	if w == nil {
		return
	}
	for _, file := range []*os.File{w.events, w.peak} {
		if file != nil {
			file.Close()
		}
	}
}

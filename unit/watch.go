package unit

import (
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// Watch keeps the last memory events that the kernel announced, for a run of
// which everything dies at once: systemd may have removed the cgroup before
// its counters are read (--oom kill takes the init too).
type Watch struct {
	last atomic.Pointer[Snapshot]
	file *os.File
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
	w := &Watch{}
	if c.V1() || c.unified == "" {
		return w
	}
	// Non-blocking, so that the runtime's poller takes it.
	file, err := os.OpenFile(c.unified+"/memory.events", os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return w
	}
	w.file = file
	go w.follow(c)
	return w
}

// again are the pauses after a change: the kernel announces at most one in
// 10 ms (CGROUP_FILE_NOTIFY_MIN_INTV), and the kill often follows another.
var again = []time.Duration{0, time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond, 5 * time.Millisecond}

func (w *Watch) follow(c Cgroup) {
	raw, err := w.file.SyscallConn()
	if err != nil {
		return
	}
	raw.Read(func(uintptr) (ended bool) {
		for _, pause := range again {
			time.Sleep(pause)
			now := Snapshot{OOM: c.OOM(), Usage: c.Usage()}
			if now.OOM.Kills == nil {
				return true
			}
			if now.Usage.MemoryPeak == nil { // gone meanwhile
				now.Usage = w.Last().Usage
			}
			w.last.Store(&now)
		}
		return false // wait for the next change
	})
}

// Last is what was seen last; empty where the kernel announced nothing.
func (w *Watch) Last() Snapshot {
	if w == nil {
		return Snapshot{}
	}
	if last := w.last.Load(); last != nil {
		return *last
	}
	return Snapshot{}
}

// Stop ends the watch.
func (w *Watch) Stop() {
	if w != nil && w.file != nil {
		w.file.Close()
	}
}

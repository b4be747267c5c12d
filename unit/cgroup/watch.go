package cgroup

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Watch keeps the last memory events that the kernel announced, for a run of
// which everything dies at once: systemd may have removed the cgroup before
// its counters are read (--oom kill takes a user's init too). And it keeps when the
// last kill was seen: one long before the end is not the end's reason.
type Watch struct {
	last     atomic.Pointer[Snapshot]
	cgroup   Cgroup
	marks    atomic.Pointer[Marks]
	notifier *os.File // what the kernel tells of a change by: memory.events itself, on v1 an eventfd
	events   *os.File // memory.events, v1's memory.oom_control; nil where there is none
	peak     *os.File // memory.peak
}

// Snapshot is what the kernel counted at one moment.
type Snapshot struct {
	OOM     OOM
	Usage   Usage
	Culprit Culprit   // after a kill
	Killed  time.Time // when the last kill was seen; the zero time for none
}

// WatchOOM begins to watch, without a thread and without waking up for nothing:
// the kernel says when memory.events changes, and on v1 when the limit is reached,
// to root. A cgroup without the memory controller says nothing; the Watch then
// stays empty.
func (c Cgroup) WatchOOM() *Watch {
	w := &Watch{cgroup: c}
	dir := c.dir("memory")
	switch {
	case dir == "":
		return w
	case c.V1():
		w.events = openFigures(dir + "/memory.oom_control")
		w.notifier = announce(dir, w.events)
	default:
		w.events, w.peak = openFigures(dir+"/memory.events"), openFigures(c.dirOfLimit()+"/memory.peak")
		w.notifier = w.events
	}
	marks := c.MarkOOM() // now: what is counted from the go on is this run's
	w.marks.Store(&marks)
	go w.follow()
	return w
}

// Knows says whether kills are told of as they come.
func (w *Watch) Knows() bool { return w != nil && w.notifier != nil }

// announce has v1 tell of its OOM by an eventfd (cgroup-v1/memory.rst, "OOM
// Control"), which sets no limit; nil where it does not.
func announce(dir string, control *os.File) *os.File {
	if control == nil {
		return nil
	}
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil
	}
	said, err := unix.Open(dir+"/cgroup.event_control", unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == nil {
		_, err = unix.Write(said, fmt.Appendf(nil, "%d %d", fd, fdOf(control)))
		unix.Close(said)
	}
	if err != nil {
		unix.Close(fd)
		return nil
	}
	return os.NewFile(uintptr(fd), "memory's events")
}

// again are the pauses after a change, up to the next that the kernel announces
// (CGROUP_FILE_NOTIFY_MIN_INTV, 10 ms): a kill mostly follows reaching the limit,
// and with --oom kill the cgroup is gone some milliseconds after that.
var again = []time.Duration{
	0, time.Millisecond, time.Millisecond, 2 * time.Millisecond, 2 * time.Millisecond,
	2 * time.Millisecond, 2 * time.Millisecond,
}

// follow looks whenever the kernel tells of a change, and some times after, until the cgroup is gone.
func (w *Watch) follow() {
	if w.notifier == nil {
		return
	}
	raw, err := w.notifier.SyscallConn()
	if err != nil {
		return
	}
	before := reread(w.events)
	raw.Read(func(fd uintptr) (ended bool) { // called once before the first wait, too
		if !w.changed(fd, &before) {
			return false
		}
		for _, pause := range again {
			time.Sleep(pause)
			if !w.look() {
				return true
			}
		}
		return false // wait for the next change
	})
}

// changed: v1's eventfd counts what it was told; v2's file is read again.
func (w *Watch) changed(fd uintptr, before *string) bool {
	if w.cgroup.V1() {
		var count [8]byte
		_, err := unix.Read(int(fd), count[:])
		return err == nil
	}
	now := reread(w.events)
	same := now == *before
	*before = now
	return !same
}

// look keeps what the kernel counts now: kills and peak at once, and after a kill
// all figures if there is time. False: the cgroup is gone.
func (w *Watch) look() bool {
	oom, there := w.oom()
	if !there {
		return false
	}
	before := w.last.Load()
	now := Snapshot{OOM: oom, Usage: before.usage()}
	if before != nil {
		now.Killed, now.Culprit = before.Killed, before.Culprit
	}
	if peak := w.cgroup.shared.peak(parseNumber(reread(w.peak))); peak != nil {
		now.Usage.MemoryPeak = peak
	}
	if kills := value(oom.Kills); kills > 0 && (before == nil || kills > value(before.OOM.Kills)) {
		now.Killed = time.Now()
	}
	w.last.Store(&now)
	if value(oom.Kills) > 0 {
		w.detail(now)
	}
	return true
}

func (w *Watch) oom() (oom OOM, there bool) {
	events := parsePairs(reread(w.events))
	if events["oom_kill"] == nil {
		return oom, false
	}
	return w.cgroup.memoryEvents(events), true
}

// detail adds what takes longer to read.
func (w *Watch) detail(now Snapshot) {
	if marks := w.marks.Load(); marks != nil {
		if culprit := marks.Culprit(); culprit.Whose != Unknown {
			now.Culprit = culprit
		}
	}
	if usage := w.cgroup.Usage(); usage.MemoryPeak != nil {
		now.Usage = usage
	}
	w.last.Store(&now)
}

func (s *Snapshot) usage() Usage {
	if s == nil {
		return Usage{}
	}
	return s.Usage
}

// Last looks once more, and is what was seen last; empty where there was nothing to
// be read. now: it has been seen just now.
func (w *Watch) Last() (seen Snapshot, now bool) {
	if w == nil {
		return Snapshot{}, false
	}
	now = w.look()
	if last := w.last.Load(); last != nil {
		seen = *last
	}
	return seen, now
}

// Stop ends the watch.
func (w *Watch) Stop() {
	if w == nil {
		return
	}
	files := []*os.File{w.events, w.peak}
	if w.notifier != w.events {
		files = append(files, w.notifier)
	}
	for _, file := range files {
		if file != nil {
			file.Close()
		}
	}
}

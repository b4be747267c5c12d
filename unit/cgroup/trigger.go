package cgroup

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// Trigger is what the kernel is to tell of: that so much of a window was spent
// waiting for a resource, by some or by all (PSI, Documentation/accounting/psi.rst).
type Trigger struct {
	Resource string // cpu, memory, io
	Full     bool
	Stall    time.Duration
	Window   time.Duration
}

// Windows that the kernel takes (WINDOW_MIN_US, WINDOW_MAX_US). Without
// CAP_SYS_RESOURCE it must be a multiple of 2 s.
const (
	ShortestWindow = 500 * time.Millisecond
	LongestWindow  = 10 * time.Second
)

func (t Trigger) String() string {
	kind := "some"
	if t.Full {
		kind = "full"
	}
	return fmt.Sprintf("%s %d %d", kind, t.Stall.Microseconds(), t.Window.Microseconds())
}

// Alarm waits for triggers, once each in its window at most. The kernel wakes it;
// it looks at nothing by itself.
type Alarm struct {
	Rang <-chan int // the number of the trigger; closed when the cgroup is gone
	fds  []unix.PollFd
	stop int // an eventfd
}

// Alarm sets the triggers. Errors: the kernel has no PSI, or does not let this user
// set one; the cgroup's files are not its own.
func (c Cgroup) Alarm(triggers []Trigger) (*Alarm, error) {
	stop, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making an eventfd: %w", err)
	}
	a := &Alarm{fds: []unix.PollFd{{Fd: int32(stop), Events: unix.POLLIN}}, stop: stop}
	for _, trigger := range triggers {
		fd, err := c.set(trigger)
		if err != nil {
			a.close()
			return nil, err
		}
		a.fds = append(a.fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLPRI})
	}
	rang := make(chan int, len(triggers))
	a.Rang = rang
	go a.wait(rang)
	return a, nil
}

// set opens the pressure file and writes a trigger to it: that is set as long as the file is open.
func (c Cgroup) set(t Trigger) (int, error) {
	dir := c.unified()
	if dir == "" {
		return -1, problem.Errorf(problem.Boot("/", problem.Unified),
			"there is no cgroup v2 of the run's own, which alone has pressure")
	}
	name := dir + "/" + t.Resource + ".pressure"
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, refusedTrigger(t, &os.PathError{Op: "open", Path: name, Err: err})
	}
	err = onCgroupFS(fd, name)
	if err == nil {
		err = linux.Uninterrupted(func() error { _, err := unix.Write(fd, append([]byte(t.String()), 0)); return err })
	}
	if err != nil {
		unix.Close(fd)
		return -1, refusedTrigger(t, err)
	}
	return fd, nil
}

// refusedTrigger names what hinders.
func refusedTrigger(t Trigger, err error) error {
	err = fmt.Errorf("the kernel takes no trigger on the pressure of %s: %w", t.Resource, err)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, unix.EOPNOTSUPP):
		return problem.Of(err, problem.Boot("/", "with psi=1, on a kernel with CONFIG_PSI"))
	case errors.Is(err, unix.EINVAL) && t.Window%(2*time.Second) != 0:
		return problem.Of(err, "without CAP_SYS_RESOURCE the window must be a multiple of 2s, such as 15%/2s")
	case errors.Is(err, os.ErrPermission), errors.Is(err, unix.EINVAL):
		return problem.Of(err, "it takes root, or kernel 6.5 and a systemd that delegates the file")
	}
	return err
}

// wait is one thread that sleeps in poll(2): the runtime's poller knows no POLLPRI.
func (a *Alarm) wait(rang chan<- int) {
	defer a.close()
	defer close(rang)
	for {
		if err := linux.Uninterrupted(func() error { _, err := unix.Poll(a.fds, -1); return err }); err != nil ||
			a.fds[0].Revents != 0 {
			return
		}
		for i := range a.fds[1:] {
			switch fd := &a.fds[i+1]; {
			case fd.Revents&(unix.POLLERR|unix.POLLNVAL) != 0: // the cgroup is gone
				return
			case fd.Revents&unix.POLLPRI != 0:
				select {
				case rang <- i:
				default: // nobody has come to the last one yet
				}
			}
		}
	}
}

// Stop ends the waiting.
func (a *Alarm) Stop() {
	if a != nil {
		linux.Uninterrupted(func() error { _, err := unix.Write(a.stop, []byte{1, 0, 0, 0, 0, 0, 0, 0}); return err })
	}
}

func (a *Alarm) close() {
	for _, fd := range a.fds {
		unix.Close(int(fd.Fd))
	}
}

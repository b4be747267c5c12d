package runs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// lookAgain is how often it is looked whether a run has started, or has more processes.
const lookAgain = 10 * time.Millisecond

// startWithin is how long a run that is still starting is waited for.
const startWithin = 5 * time.Second

// Inhabited is Processes of a run that has started: it is waited for.
func (r Run) Inhabited(ctx context.Context) (Processes, error) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		p, err := r.Processes()
		if !errors.Is(err, errStarting) {
			return p, err
		}
		select {
		case <-ctx.Done():
			return p, problem.Of(errStarting, "try again; `slimrun ps` shows when it has started")
		case <-time.After(lookAgain):
		}
	}
}

// named says of which run an error is.
func (r Run) named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", r.Name, err)
}

// Signal sends a signal to the payload.
func (r Run) Signal(ctx context.Context, signal syscall.Signal) error {
	p, err := r.Inhabited(ctx)
	if err != nil {
		return r.named(err)
	}
	for _, pid := range p.Payload {
		if err := r.send(p.Init, pid, signal); err != nil {
			return r.named(err)
		}
	}
	return nil
}

// rounds bound how often it is looked for processes that have come meanwhile: a
// signal that they survive would have no end in a fork bomb.
const rounds = 100

// SignalAll sends a signal once to every process but the init, those too that are
// forked meanwhile by one that has not got it yet.
func (r Run) SignalAll(ctx context.Context, signal syscall.Signal) error {
	var reached []int
	for range rounds {
		p, err := r.Inhabited(ctx)
		if errors.Is(err, ErrEnded) && len(reached) > 0 {
			return nil
		}
		if err != nil {
			return r.named(err)
		}
		others := slices.DeleteFunc(p.Others, func(pid int) bool { return slices.Contains(reached, pid) })
		if len(others) == 0 {
			return nil
		}
		for _, pid := range others {
			if err := r.send(0, pid, signal); err != nil {
				return r.named(err)
			}
		}
		reached = append(reached, others...)
	}
	return problem.Errorf("`slimrun stop` ends all of it, and `slimrun pause` holds it",
		"%s: it forks faster than signals reach it", r.Name)
}

// send sends through a pidfd, and only to a process that is the run's still, after it
// was opened: its number may be another's by now. One that is gone needs none. The
// parent is that which it must have, 0 for any.
func (r Run) send(parent, pid int, signal syscall.Signal) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening a pidfd of process %d: %w", pid, err)
	}
	defer unix.Close(fd)
	stat, err := linux.StatOf(pid)
	if err != nil || parent != 0 && stat.Parent != parent || !r.Manager.Within(r.Dir, pid) {
		return nil
	}
	if err := unix.PidfdSendSignal(fd, signal, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("signalling process %d: %w", pid, err)
	}
	return nil
}

// wake lets the slimrun that waits for the run go on where it is stopped, as by Ctrl-Z:
// how the run ends is for it to say, while the init holds the scope. The payload systemd
// continues by itself.
func (r Run) wake() {
	s := r.Look()
	if s.Launcher <= 0 {
		return
	}
	fd, err := unix.PidfdOpen(s.Launcher, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	waits, err1 := linux.StatOf(s.Launcher)
	init, err2 := linux.StatOf(s.Init) // its parent still: the number is no other's
	if err1 == nil && err2 == nil && init.Parent == s.Launcher && waits.Stopped {
		unix.PidfdSendSignal(fd, unix.SIGCONT, nil, 0) // who may not do without
	}
}

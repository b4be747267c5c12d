package enter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/signals"
	"github.com/slimrun/slimrun/launcher/terminal"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/problem"
)

// attend lets the child go, and passes on what happens until the command's end.
func (e *entry) attend(ctx context.Context) (syscall.WaitStatus, error) {
	late := time.NewTimer(startWithin)
	defer late.Stop()
	started := false
	for {
		select {
		case <-e.signals.Came:
			for _, heard := range e.signals.Take() {
				if !started && slices.Contains(signals.Ends(), heard.Signal) {
					return e.abort(verdict.Interrupted{Signal: heard.Signal})
				}
				e.forward(heard)
			}
		case <-late.C:
			if !started {
				return e.abort(problem.Errorf("is the run paused, or does one of its file systems hang?",
					"the command was not executed within %v", startWithin))
			}
		case event, ok := <-e.held.Events:
			if !ok {
				return e.lost(started)
			}
			switch event.Kind {
			case nsinit.Ready:
				e.pty.HandOver()
				if err := e.letGo(ctx, event.Number); err != nil {
					return e.abort(err)
				}
			case nsinit.Started:
				started = true
				e.pty.Begin()
			case nsinit.Failed:
				return e.abort(event.Failure)
			case nsinit.Stopped:
				e.stopped(syscall.Signal(event.Number))
			case nsinit.Exited:
				return e.ended(syscall.WaitStatus(event.Number))
			case nsinit.Broken:
				return e.abort(fmt.Errorf("hearing the monitor: %w", event.Err))
			}
		}
	}
}

// letGo watches the child, and lets it go once it may go where the run is.
func (e *entry) letGo(ctx context.Context, pid int) error {
	if err := e.held.Watch(pid); err != nil {
		return err
	}
	if err := e.approach(ctx, pid); err != nil {
		return err
	}
	e.hangup()
	return e.held.Go()
}

// staleStop: see launcher: a stop that came with the one that has had its effect.
const staleStop = 100 * time.Millisecond

func (e *entry) forward(heard signals.Heard) {
	if terminal.IsStop(heard.Signal) && time.Since(e.resumed) < staleStop {
		return
	}
	if e.pty.Takes(heard.Signal, signals.StopSelf) {
		e.resumed = time.Now()
		return
	}
	e.held.Signal(heard.Signal, heard.Times, false)
}

// stopped: the command was stopped, and slimrun with it, so that the caller's shell has
// its prompt; with slimrun it goes on.
func (e *entry) stopped(by syscall.Signal) {
	if by == 0 || !terminal.IsStop(by) && by != syscall.SIGSTOP {
		return
	}
	if !e.pty.Takes(syscall.SIGTSTP, signals.StopSelf) {
		signals.StopSelf(by)
	}
	e.resumed = time.Now()
	e.held.Signal(syscall.SIGCONT, 1, false)
}

func (e *entry) ended(status syscall.WaitStatus) (syscall.WaitStatus, error) {
	signals.DefaultStops()
	if err := e.held.Release(); err != nil {
		e.held.Kill()
	}
	<-e.held.Done
	e.pty.End()
	return status, nil
}

// abort ends the child before the command is executed.
func (e *entry) abort(err error) (syscall.WaitStatus, error) {
	e.held.Kill()
	<-e.held.Done
	return 0, err
}

// lost: the monitor ended without a word.
func (e *entry) lost(started bool) (syscall.WaitStatus, error) {
	end := <-e.held.Done
	e.pty.End()
	if started {
		return end.Status, nil
	}
	return 0, errors.New("the monitor ended before the command was executed")
}

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
	for {
		select {
		case <-e.signals.Came:
			for _, heard := range e.signals.Take() {
				if !e.started && slices.Contains(signals.Ends(), heard.Signal) {
					return e.abort(verdict.Interrupted{Signal: heard.Signal})
				}
				e.forward(heard)
			}
		case <-late.C:
			if !e.started {
				return e.abort(problem.Errorf("is the run paused, or does one of its file systems hang?",
					"the command was not executed within %v", startWithin))
			}
		case event, open := <-e.held.Events:
			if !open {
				return e.lost()
			}
			if over, status, err := e.heard(ctx, event); over {
				return status, err
			}
		}
	}
}

// heard handles what the monitor says. Over: the command has ended, or is never executed,
// which the error says.
func (e *entry) heard(ctx context.Context, event nsinit.Event) (over bool, status syscall.WaitStatus, err error) {
	switch event.Kind {
	case nsinit.Ready:
		e.pty.HandOver()
		err = e.letGo(ctx, event.Number)
	case nsinit.Started:
		e.started = true
		e.pty.Begin()
	case nsinit.Stopped:
		e.stopped(syscall.Signal(event.Number))
	case nsinit.Failed:
		err = event.Failure
	case nsinit.Broken:
		err = fmt.Errorf("hearing the monitor: %w", event.Err)
	case nsinit.Exited:
		status, err = e.ended(syscall.WaitStatus(event.Number))
		return true, status, err
	}
	if err != nil {
		status, err = e.abort(err)
		return true, status, err
	}
	return false, 0, nil
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

// forward passes a signal on.
func (e *entry) forward(heard signals.Heard) {
	if terminal.IsStaleStop(heard.Signal, e.resumed) {
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

// ended lets the monitor end, when all that the command wrote has come out.
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
func (e *entry) lost() (syscall.WaitStatus, error) {
	end := <-e.held.Done
	e.pty.End()
	if e.started {
		return end.Status, nil
	}
	return 0, errors.New("the monitor ended before the command was executed")
}

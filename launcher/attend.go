package launcher

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/launcher/signals"
	"github.com/slimrun/slimrun/launcher/terminal"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/cgroup"
)

// attend passes signals on and hears events until the child is gone. The
// error is of a payload that never started.
func (r *run) attend() error {
	up, stop := r.timer()
	defer stop()
	defer func() { r.pressure.alarm.Stop() }()
	for {
		select {
		case <-r.signals.Came:
			for _, heard := range r.signals.Take() {
				r.forward(heard)
			}
		case <-r.sampler.Due():
			r.sampler.Take()
		case number, open := <-r.pressure.rang():
			r.underPressure(number, open)
		case done := <-r.pressure.done:
			r.relieved(done)
		case e := <-r.stop.answers:
			r.stop.heard(e, r)
		case <-r.stop.due:
			r.stop.isDue(r)
		case <-up:
			r.timeIsUp()
		case event, open := <-r.held.Events:
			if !open {
				return r.lost()
			}
			if over, err := r.heard(event); over {
				return err
			}
		}
	}
}

// heard handles what the init says. Over: there is no more to wait for; the error is of a
// payload that never started.
func (r *run) heard(event nsinit.Event) (over bool, err error) {
	switch event.Kind {
	case nsinit.Started:
		r.started = true
		r.held.Spare()
		r.pty.Begin()
		r.sample()
		r.tell.Started()
	case nsinit.Stopped:
		r.stopped(syscall.Signal(event.Number))
	case nsinit.Terminating:
		r.stop.ask(r)
	case nsinit.Marked:
		r.trace.add(event.Mark.At, "init", event.Mark.Step)
	case nsinit.Failed:
		return true, r.abort(r.explain(event.Failure))
	case nsinit.Exited:
		return true, r.ended(syscall.WaitStatus(event.Number))
	case nsinit.Broken:
		return true, r.abort(fmt.Errorf("hearing the init: %w", event.Err))
	}
	return false, nil
}

// sample begins to look at the run from time to time, where somebody asked for it.
func (r *run) sample() {
	if r.spec.WantsSamples() {
		r.sampler = sample.Begin(r.cgroup)
		verdict.Prepare()
	}
}

// stopped has slimrun stop as its payload was stopped: by the terminal, or by itself where it
// has taken the foreground, to which the caller's shell is to come back.
func (r *run) stopped(by syscall.Signal) {
	if terminal.IsStop(by) || by == syscall.SIGSTOP && r.terminal.Lost() {
		signals.StopSelf(by)
		r.resumed = time.Now()
	}
}

// forward passes a signal on. A SIGCONT by which a shell put slimrun in front
// puts the payload's own group in front too.
func (r *run) forward(heard signals.Heard) {
	if terminal.IsStaleStop(heard.Signal, r.resumed) {
		return
	}
	if r.pty.Takes(heard.Signal, signals.StopSelf) {
		r.resumed = time.Now()
		return
	}
	if heard.Signal == syscall.SIGCONT && r.terminal.InFront() {
		r.held.Foreground()
	}
	r.held.Signal(heard.Signal, heard.Times, r.within(heard.Sender))
}

// within says whether a process is of the run itself.
func (r *run) within(pid int) bool {
	if r.manager.Step() != nil { // which holds slimrun too; the run has a PID namespace of its own
		return false
	}
	lines, err := cgroup.Lines(strconv.Itoa(pid))
	return pid > 0 && err == nil && strings.Contains(lines, "/"+r.verdict.Unit)
}

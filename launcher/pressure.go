package launcher

import (
	"context"
	"errors"
	"time"

	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
)

// pressure is what a run does when it waits too much (--on-pressure).
type pressure struct {
	alarm *cgroup.Alarm // nil where nobody asked
	done  chan relief
	busy  map[int]bool // under way, or done once and for all
}

// relief is one act, done.
type relief struct {
	number int
	event  verdict.Pressure
	err    error
}

// told are the events that the report keeps.
const told = 100

// armPressure sets the kernel's triggers, before the payload runs.
func (r *run) armPressure() (err error) {
	if len(r.spec.OnPressure) == 0 {
		return nil
	}
	var triggers []cgroup.Trigger
	for _, p := range r.spec.OnPressure {
		triggers = append(triggers, p.Trigger)
		if p.Act == spec.ActFreeze {
			err = errors.Join(err, unit.FreezerMissing())
		}
	}
	if err != nil {
		return err
	}
	r.pressure.done, r.pressure.busy = make(chan relief, 1), map[int]bool{}
	r.pressure.alarm, err = r.cgroup.Alarm(triggers)
	return err
}

// rang is closed, or never, where there is no alarm.
func (p *pressure) rang() <-chan int {
	if p.alarm == nil {
		return nil
	}
	return p.alarm.Rang
}

// underPressure does what was asked for, one of a kind at a time.
func (r *run) underPressure(number int, open bool) {
	if !open {
		r.pressure.alarm = nil
		return
	}
	if r.pressure.busy[number] {
		return
	}
	asked := r.spec.OnPressure[number]
	event := verdict.Pressure{At: time.Since(r.verdict.Started).Microseconds(), Trigger: asked.Text}
	r.pressure.busy[number] = true
	if asked.Act == spec.ActSignal || asked.Act == spec.ActWarn {
		if asked.Act == spec.ActSignal {
			r.held.Signal(asked.Signal, 1, false)
		}
		r.relieved(relief{number, event, nil})
		return
	}
	go func() { r.pressure.done <- relief{number, event, r.relieve(asked)} }()
}

// relieved keeps and tells what was done. A limit is raised once, and a run that is
// being stopped is so once.
func (r *run) relieved(what relief) {
	asked := r.spec.OnPressure[what.number]
	r.pressure.busy[what.number] = what.err == nil && (asked.Act == spec.ActRaise || asked.Act == spec.ActStop)
	if what.err != nil {
		text := what.err.Error()
		what.event.Error = &text
	}
	if len(r.verdict.Pressures) < told {
		r.verdict.Pressures = append(r.verdict.Pressures, what.event)
	}
	r.tell.Pressure(r.verdict, asked, what.err)
}

// relieve asks systemd.
func (r *run) relieve(asked spec.Pressure) error {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	manager, err := r.redial(ctx)
	if err != nil {
		return err
	}
	defer manager.Hangup()
	switch asked.Act {
	case spec.ActFreeze:
		return manager.Freeze(ctx, r.verdict.Unit)
	case spec.ActStop:
		_, err := manager.Stop(ctx, r.verdict.Unit)
		return err
	}
	raise, _, err := r.caller.Clip([]limit.Asked{asked.Raise})
	if err != nil {
		return err
	}
	dirs, err := manager.Scopes(ctx)
	if err != nil {
		return err
	}
	return manager.Update(ctx, r.verdict.Unit, dirs[r.verdict.Unit], raise)
}

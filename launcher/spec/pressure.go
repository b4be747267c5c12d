package spec

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
)

// Act is what is done when a run waits too much.
type Act string

// The acts of --on-pressure.
const (
	ActSignal Act = "signal"
	ActFreeze Act = "freeze"
	ActStop   Act = "stop"
	ActRaise  Act = "raise"
	ActWarn   Act = "warn"
)

// Pressure is one --on-pressure.
type Pressure struct {
	Text    string // as it was asked for
	Trigger cgroup.Trigger
	Act     Act
	Signal  syscall.Signal
	Raise   limit.Asked // the limit on memory that is to be then
}

// pressureFlags are about runs that wait.
func (d *Draft) pressureFlags() grammar.Flags {
	return grammar.Flags{{
		Name: "on-pressure", Group: "Scope", Placeholder: "RESOURCE:some|full:SHARE/WINDOW=ACTION",
		Value: grammar.Each(d.addPressure),
		Help: "When the run waits for cpu, memory or io for so much of a window of 500ms to 10s: " +
			"signal:SIG, freeze, stop, raise:SIZE (the memory limit, once) or warn; " +
			"such as memory:some:15%/2s=freeze; repeatable.",
	}}
}

func (d *Draft) addPressure(text string) error {
	condition, action, ok := strings.Cut(text, "=")
	parts := strings.Split(condition, ":")
	if !ok || len(parts) != 3 {
		return errors.New(`want RESOURCE:some|full:SHARE/WINDOW=ACTION, such as "memory:some:15%/2s=freeze"`)
	}
	p := Pressure{Text: text}
	var err1, err2 error
	p.Trigger, err1 = readTrigger(parts[0], parts[1], parts[2])
	err2 = p.readAction(action)
	d.spec.OnPressure = append(d.spec.OnPressure, p)
	if err1 != nil && err2 != nil {
		return fmt.Errorf("%w, and %w", err1, err2)
	}
	return errors.Join(err1, err2)
}

// readTrigger reads RESOURCE, some or full, and SHARE/WINDOW.
func readTrigger(resource, kind, amount string) (t cgroup.Trigger, err error) {
	t = cgroup.Trigger{Resource: resource, Full: kind == "full"}
	share, window, ok := strings.Cut(amount, "/")
	percent, isPercent := strings.CutSuffix(share, "%")
	hundredths, isNumber := limit.Hundredths(percent)
	usec, windowErr := limit.ParseDuration(window)
	t.Window = time.Duration(min(usec, 1<<40)) * time.Microsecond
	switch {
	case resource != "cpu" && resource != "memory" && resource != "io":
		return t, fmt.Errorf("%q: want cpu, memory or io", resource)
	case kind != "some" && kind != "full":
		return t, fmt.Errorf("%q: want some (somebody waits) or full (all do)", kind)
	case !ok || !isPercent || !isNumber || hundredths == 0 || hundredths > 100*100:
		return t, fmt.Errorf("%q: want a share and a window such as 15%%/2s", amount)
	case windowErr != nil || t.Window < cgroup.ShortestWindow || t.Window > cgroup.LongestWindow:
		return t, fmt.Errorf("%q: want a window of 500ms to 10s", window)
	}
	t.Stall = t.Window * time.Duration(hundredths) / (100 * 100)
	return t, nil
}

func (p *Pressure) readAction(text string) (err error) {
	act, value, _ := strings.Cut(text, ":")
	p.Act = Act(act)
	switch p.Act {
	case ActSignal:
		p.Signal, err = limit.ParseSignal(value)
		return err
	case ActRaise:
		p.Raise, err = limit.Memory.Ask(value)
		return err
	case ActFreeze, ActStop, ActWarn:
		if value == "" {
			return nil
		}
	}
	return fmt.Errorf("%q: want signal:SIG, freeze, stop, raise:SIZE or warn", text)
}

// finishPressure: what is to be raised must be there, and below.
func (d *Draft) finishPressure() error {
	var problems []error
	for _, p := range d.spec.OnPressure {
		if p.Act != ActRaise || p.Raise.Row == nil {
			continue
		}
		switch now := d.spec.Memory(); {
		case now == 0:
			problems = append(problems, fmt.Errorf("--on-pressure %q: there is no --memory to be raised", p.Text))
		case p.Raise.Number() <= now:
			problems = append(problems, fmt.Errorf("--on-pressure %q: that is no more than --memory %s",
				p.Text, limit.FormatSize(now)))
		}
	}
	return errors.Join(problems...)
}

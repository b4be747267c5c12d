package unit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/wire"
)

// Scope is a transient scope to be: its name, its properties, and the held
// process that it starts with.
type Scope struct {
	Name       string // with .scope
	Properties []limit.Property
	Optional   []limit.Property // left out one by one where this systemd knows them not
	PID        int              // as the manager has it; 0 for whoever opened the connection
	Slices     []Slice          // that are not there yet, from the top down; the scope is in the last
}

// StartScope asks for the scope and waits until the job is done; what there is
// to do meanwhile is done once it is asked, if it ever is. Errors: ErrTaken, ErrGoing, a
// property that systemd does not take (named), a refusal, the job's failure, the
// deadline. A scope whose job was accepted is stopped again after any error; one
// of that name without a reply may be somebody else's.
func (m *Manager) StartScope(ctx context.Context, scope Scope, meanwhile func()) error {
	optional := scope.Optional
	for {
		var there sliceThere
		first := []limit.Property{limit.NewProperty("PIDs", []uint32{uint32(scope.PID)})}
		properties := slices.Concat(first, scope.Properties, optional)
		err := m.start(ctx, scope, properties, meanwhile)
		if errors.As(err, &there) {
			scope.Slices = scope.Slices[there.index+1:]
			continue
		}
		if i := refusedProperty(err, optional); i >= 0 {
			optional = slices.Delete(slices.Clone(optional), i, i+1)
			continue
		}
		return err
	}
}

// start asks once. Errors: as StartScope's; a slice that was to be made is there (sliceThere).
func (m *Manager) start(ctx context.Context, scope Scope, properties []limit.Property, meanwhile func()) error {
	name := scope.Name
	question := ask("StartTransientUnit", name, "fail", properties, auxiliary(scope.Slices))
	serial, err := m.request(ctx, question, meanwhile)
	if err != nil {
		return m.refusal(name, err)
	}
	job, err := jobOf(m.bus.Reply(ctx, serial))
	if there, ok := takenSlice(err, scope.Slices); ok {
		return there
	}
	if err != nil {
		return m.refusal(name, err)
	}
	result, err := m.bus.wait(ctx, job)
	if err != nil {
		m.StopScope(context.WithoutCancel(ctx), name)
		return problem.Errorf("try again; "+m.jobHint(), "starting %s: %w", name, err)
	}
	if result != "done" {
		m.StopScope(context.WithoutCancel(ctx), name)
		return problem.Errorf(m.jobHint(), "starting %s: the job ended with %q, want \"done\"", name, result)
	}
	return nil
}

// request sends the question out behind the greeting, answered or not: sd-bus's
// server keeps what follows BEGIN. It reads 256 bytes of a greeting and looks
// at the socket again for more, so a shorter one might lie there unseen. Where
// the greeting is refused so is the question, and another socket is asked.
func (m *Manager) request(ctx context.Context, q wire.Question, meanwhile func()) (serial uint32, err error) {
	first := m.bus
	serial, err = first.Send(ctx, q)
	meanwhile()
	if unsettled := m.settle(ctx); unsettled != nil {
		return 0, unsettled
	}
	if m.bus != first {
		return m.bus.Send(ctx, q)
	}
	return serial, err
}

// jobOf is the job that a reply names.
func jobOf(body []any, err error) (dbus.ObjectPath, error) {
	if err != nil {
		return "", err
	}
	job, ok := wire.First(body).(dbus.ObjectPath)
	if !ok {
		return "", fmt.Errorf("the reply names no job: %v", body)
	}
	return job, nil
}

// stopWithin bounds the wait for systemd's word that it stops a scope.
const stopWithin = time.Second

// StopScope asks systemd to stop the scope, which need not exist, and waits until it has
// heard that: from a connection that is closed it may read no more. In a step there is none.
func (m *Manager) StopScope(ctx context.Context, name string) error {
	if m.step != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if _, err := m.bus.Call(ctx, ask("StopUnit", name, "replace")); err != nil && !IsGone(err) {
		return fmt.Errorf("stopping %s: %w", name, err)
	}
	return nil
}

// KillScope has systemd kill every process of the scope, by SIGKILL.
func (m *Manager) KillScope(ctx context.Context, name string) error {
	if _, err := m.call(ctx, ask("KillUnit", name, "all", int32(syscall.SIGKILL))); err != nil {
		return fmt.Errorf("killing what is left of %s: %w", name, err)
	}
	return nil
}

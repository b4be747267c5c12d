package unit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	systemd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"

	"github.com/slimrun/slimrun/unit/embedded"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/wire"
)

// ErrTaken is the cause when a unit of the wanted name exists already.
var ErrTaken = errors.New("the name is taken")

// ErrGoing is the cause when systemd is about to stop the scope's slice: the last that was
// in it has ended.
var ErrGoing = errors.New("the slice is going")

// Scope is a transient scope to be: its name, its properties, and the held
// process that it starts with.
type Scope struct {
	Name       string // with .scope
	Properties []limit.Property
	Optional   []limit.Property // left out one by one where this systemd knows them not
	PID        int              // as the manager has it; 0 for whoever opened the connection
	Slices     []Slice          // that are not there yet, from the top down; the scope is in the last
}

// Slice is one that is made for a scope, and goes with the last that is in it.
type Slice struct {
	Name       string // with .slice
	Properties []limit.Property
}

// auxiliary are the slices as units beside the scope's.
func auxiliary(slices []Slice) []auxUnit {
	units := []auxUnit{}
	for _, s := range slices {
		units = append(
			units,
			auxUnit{s.Name, append([]limit.Property{limit.NewProperty("StopWhenUnneeded", true)}, s.Properties...)},
		)
	}
	return units
}

// auxUnit is an element of StartTransientUnit's a(sa(sv)).
type auxUnit struct {
	Name       string
	Properties []limit.Property
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
		properties := append(append([]limit.Property{limit.NewProperty("PIDs", []uint32{uint32(scope.PID)})},
			scope.Properties...), optional...)
		err := m.start(ctx, scope, properties, meanwhile)
		if errors.As(err, &there) {
			scope.Slices = scope.Slices[there.index+1:]
			continue
		}
		if i := refusedProperty(err, optional); i >= 0 {
			optional = append(append([]limit.Property{}, optional[:i]...), optional[i+1:]...)
			continue
		}
		return err
	}
}

func (m *Manager) start(ctx context.Context, scope Scope, properties []limit.Property, meanwhile func()) error {
	name := scope.Name
	serial, err := m.request(ctx, ask("StartTransientUnit", name, "fail", properties, auxiliary(scope.Slices)),
		meanwhile)
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

// sliceThere says that a slice is there already, and so are those above it.
type sliceThere struct {
	index int
	error
}

// takenSlice finds the slice that systemd's error names. One that was to have
// limits is not taken as it is.
func takenSlice(err error, slices []Slice) (there sliceThere, ok bool) {
	var refused dbus.Error
	if !errors.As(err, &refused) || refused.Name != "org.freedesktop.systemd1.UnitExists" {
		return there, false
	}
	for i, s := range slices {
		if strings.Contains(refused.Error(), " "+s.Name+" ") && len(s.Properties) == 0 {
			return sliceThere{i, err}, true
		}
	}
	return there, false
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

// StopScope asks systemd to stop the scope, and waits for no answer; it need
// not exist. In a step there is none.
func (m *Manager) StopScope(ctx context.Context, name string) error {
	if m.step != nil {
		return nil
	}
	q := ask("StopUnit", name, "replace")
	q.Flags = dbus.FlagNoReplyExpected
	_, err := m.bus.Send(context.WithoutCancel(ctx), q)
	return err
}

// KillScope has systemd kill every process of the scope, by SIGKILL.
func (m *Manager) KillScope(ctx context.Context, name string) error {
	if _, err := m.call(ctx, ask("KillUnit", name, "all", int32(syscall.SIGKILL))); err != nil {
		return fmt.Errorf("killing what is left of %s: %w", name, err)
	}
	return nil
}

// refusal turns a D-Bus error into one that names the thing and the remedy.
func (m *Manager) refusal(name string, err error) error {
	var refused dbus.Error
	var known *problem.Problem
	switch {
	case errors.As(err, &known):
		return err
	case !errors.As(err, &refused):
		return problem.Errorf(m.silentHint(), "starting %s: %w", name, err)
	}
	switch refused.Name {
	case "org.freedesktop.systemd1.UnitExists":
		return problem.Errorf("give another --name, or wait for that run", "%w: %s is there already", ErrTaken, name)
	case "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired":
		return problem.Errorf("use --user, or run it with sudo", "the %s manager refuses %s: %w", m.Kind, name, err)
	case "org.freedesktop.DBus.Error.PropertyReadOnly", "org.freedesktop.DBus.Error.UnknownProperty":
		return problem.Errorf("this systemd is older than the property: see docs/properties.md",
			"the %s manager does not know a property: %w", m.Kind, err)
	}
	if strings.Contains(refused.Error(), ".slice has 'stop' job queued") {
		return problem.Errorf("try again", "the %s manager refuses %s: %w: %w", m.Kind, name, ErrGoing, err)
	}
	if m.embedded != nil && m.embedded.Full() {
		return problem.Of(
			fmt.Errorf("the %s manager refuses %s: %w: %w", m.Kind, name, err, syscall.ENOSPC),
			embedded.RoomInRun,
		)
	}
	return problem.Errorf("man systemd.resource-control lists what a property takes",
		"the %s manager refuses %s: %w", m.Kind, name, err)
}

// IsRefusal says whether the error is systemd's own answer.
func IsRefusal(err error) bool { return errors.As(err, new(dbus.Error)) }

// refusedProperty finds the optional property that systemd's error names.
func refusedProperty(err error, optional []limit.Property) int {
	var refused dbus.Error
	if !errors.As(err, &refused) || !strings.Contains(refused.Name, "Property") {
		return -1
	}
	for i, p := range optional {
		if strings.Contains(refused.Error(), p.Name) {
			return i
		}
	}
	return -1
}

// Ending is why systemd is stopping a scope, its Result: "timeout" where
// RuntimeMaxUSec ran out, "oom-kill" by OOMPolicy, "success" where somebody
// asked; "" for one that is not being stopped. Errors: it is gone, and what was
// read may be of no unit at all.
func (m *Manager) Ending(ctx context.Context, name string) (string, error) {
	if m.step != nil {
		return m.stepEnding(ctx)
	}
	stopping, err := m.stopping(ctx, name)
	if err != nil || !stopping {
		return "", err
	}
	value, err := m.scopeProperty(ctx, name, "Result")
	if err != nil {
		return "", err
	}
	_, err = m.stopping(ctx, name)
	return fmt.Sprint(value), err
}

// stopping says whether systemd is stopping the scope, from its ActiveState.
// Errors: it is gone, and of a unit that is gone systemd says that it is inactive
// and was a success.
func (m *Manager) stopping(ctx context.Context, name string) (bool, error) {
	value, err := m.get(ctx, name, unitIface, "ActiveState")
	if err != nil {
		return false, err
	}
	switch value {
	case "inactive", "failed":
		return false, fmt.Errorf("%s is gone: ActiveState is %q", name, value)
	}
	return value == "deactivating", nil
}

func (m *Manager) scopeProperty(ctx context.Context, name, property string) (any, error) {
	return m.get(ctx, name, "org.freedesktop.systemd1.Scope", property)
}

func (m *Manager) get(ctx context.Context, name, iface, property string) (any, error) {
	value, err := m.bus.get(ctx, dbus.ObjectPath(systemdPath+"/unit/"+systemd.PathBusEscape(name)), iface, property)
	if err != nil {
		return nil, fmt.Errorf("reading %s of %s: %w", property, name, m.silence(err))
	}
	return value, nil
}

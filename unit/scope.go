package unit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	systemd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
)

// Scope is a transient scope to be: its name, its properties, and the held
// process that it starts with.
type Scope struct {
	Name       string // with .scope
	Properties []Property
	Optional   []Property // left out one by one where this systemd knows them not
	PID        int
}

// auxUnit is an element of StartTransientUnit's a(sa(sv)); slimrun has none.
type auxUnit struct {
	Name       string
	Properties []Property
}

// StartScope asks for the scope and waits until the job is done. Errors:
// ErrTaken, a property that systemd does not take (named), a refusal, the
// job's failure, the deadline. A scope whose job was accepted is stopped again
// after any error; one of that name without a reply may be somebody else's.
func (m *Manager) StartScope(ctx context.Context, scope Scope) error {
	pid, err := m.pidOf(scope.PID)
	if err != nil {
		return err
	}
	optional := scope.Optional
	for {
		properties := append(append([]Property{NewProperty("PIDs", []uint32{pid})}, scope.Properties...), optional...)
		err := m.start(ctx, scope.Name, properties)
		if i := refusedProperty(err, optional); i >= 0 {
			optional = append(append([]Property{}, optional[:i]...), optional[i+1:]...)
			continue
		}
		return err
	}
}

func (m *Manager) start(ctx context.Context, name string, properties []Property) error {
	// The question goes out behind the greeting, answered or not: sd-bus's
	// server keeps what follows BEGIN. It reads 256 bytes of a greeting and looks
	// at the socket again for more, so a shorter one might lie there unseen.
	serial, err := m.bus.send(ask("StartTransientUnit", name, "fail", properties, []auxUnit{}))
	if err != nil {
		return m.refusal(name, err)
	}
	if err := m.settle(ctx); err != nil {
		return err
	}
	job, err := jobOf(m.bus.reply(ctx, serial))
	if err != nil {
		return m.refusal(name, err)
	}
	result, err := m.bus.wait(ctx, job)
	if err != nil {
		m.StopScope(context.WithoutCancel(ctx), name)
		return hinted("try again; if it stays so: `systemctl list-jobs`, `journalctl -b`", "starting %s: %w", name, err)
	}
	if result != "done" {
		m.StopScope(context.WithoutCancel(ctx), name)
		return hinted(m.jobHint(), "starting %s: the job ended with %q, want \"done\"", name, result)
	}
	return nil
}

// jobOf is the job that a reply names.
func jobOf(body []any, err error) (dbus.ObjectPath, error) {
	if err != nil {
		return "", err
	}
	job, ok := first(body).(dbus.ObjectPath)
	if !ok {
		return "", fmt.Errorf("the reply names no job: %v", body)
	}
	return job, nil
}

func first(body []any) any {
	if len(body) == 0 {
		return nil
	}
	return body[0]
}

// jobHint tells where to look. From outside of its own cgroup a user's manager
// has PID 1 move the process, over the system bus, to which it connects once.
func (m *Manager) jobHint() string {
	if m.Kind == UserKind {
		return "`journalctl --user -b` says why; after a restart of the system bus, `systemctl --user daemon-reexec` finds it again"
	}
	return "`journalctl -b` of that manager says why"
}

// StopScope asks systemd to stop the scope, and waits for no answer; it need
// not exist.
func (m *Manager) StopScope(_ context.Context, name string) error {
	q := ask("StopUnit", name, "replace")
	q.flags = dbus.FlagNoReplyExpected
	_, err := m.bus.send(q)
	return err
}

// refusal turns a D-Bus error into one that names the thing and the remedy.
func (m *Manager) refusal(name string, err error) error {
	var refused dbus.Error
	if !errors.As(err, &refused) {
		return hinted("is the manager stopped or overloaded?", "starting %s: %w", name, err)
	}
	switch refused.Name {
	case "org.freedesktop.systemd1.UnitExists":
		return hinted("give another --name, or wait for that run", "%w: %s is there already", ErrTaken, name)
	case "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired":
		return hinted("use --user, or run it with sudo", "the %s manager refuses %s: %w", m.Kind, name, err)
	case "org.freedesktop.DBus.Error.PropertyReadOnly", "org.freedesktop.DBus.Error.UnknownProperty":
		return hinted("this systemd is older than the property: see docs/properties.md", "the %s manager does not know a property: %w", m.Kind, err)
	}
	return hinted("man systemd.resource-control lists what a property takes", "the %s manager refuses %s: %w", m.Kind, name, err)
}

// refusedProperty finds the optional property that systemd's error names.
func refusedProperty(err error, optional []Property) int {
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

// Ending is why a scope that got SIGTERM is being stopped: systemd's Result,
// "timeout" where RuntimeMaxUSec ran out, "success" where somebody asked.
func (m *Manager) Ending(ctx context.Context, name string) (string, error) {
	value, err := m.scopeProperty(ctx, name, "Result")
	if err != nil {
		return "", err
	}
	return fmt.Sprint(value), nil
}

// Stopping says whether systemd is stopping the scope, from its SubState.
func (m *Manager) Stopping(ctx context.Context, name string) (bool, error) {
	value, err := m.get(ctx, name, "org.freedesktop.systemd1.Unit", "ActiveState")
	if err != nil {
		return false, err
	}
	return value != "active", nil
}

func (m *Manager) scopeProperty(ctx context.Context, name, property string) (any, error) {
	return m.get(ctx, name, "org.freedesktop.systemd1.Scope", property)
}

func (m *Manager) get(ctx context.Context, name, iface, property string) (any, error) {
	value, err := m.bus.get(ctx, dbus.ObjectPath(systemdPath+"/unit/"+systemd.PathBusEscape(name)), iface, property)
	if err != nil {
		return nil, fmt.Errorf("reading %s of %s: %w", property, name, err)
	}
	return value, nil
}

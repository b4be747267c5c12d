package unit

import (
	"context"
	"fmt"

	systemd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
)

const (
	unitIface  = "org.freedesktop.systemd1.Unit"
	sliceIface = "org.freedesktop.systemd1.Slice"
)

// scopeProperty reads one that a scope has as a scope.
func (m *Manager) scopeProperty(ctx context.Context, name, property string) (any, error) {
	return m.get(ctx, name, "org.freedesktop.systemd1.Scope", property)
}

// get reads a property of a unit. systemd has an answer also for a unit that is not there.
func (m *Manager) get(ctx context.Context, name, iface, property string) (any, error) {
	value, err := m.bus.get(ctx, dbus.ObjectPath(systemdPath+"/unit/"+systemd.PathBusEscape(name)), iface, property)
	if err != nil {
		return nil, fmt.Errorf("reading %s of %s: %w", property, name, m.unanswered(err))
	}
	return value, nil
}

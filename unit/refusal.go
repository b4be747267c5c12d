package unit

import (
	"errors"
	"strings"
	"syscall"

	"github.com/godbus/dbus/v5"

	"github.com/slimrun/slimrun/unit/embedded"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// ErrTaken is the cause when a unit of the wanted name exists already.
var ErrTaken = errors.New("the name is taken")

// ErrGoing is the cause when systemd is about to stop the scope's slice: the last that was
// in it has ended.
var ErrGoing = errors.New("the slice is going")

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
	if strings.HasPrefix(refused.Error(), "Process with ID ") { // ... does not exist
		return problem.Errorf("try again; nobody but slimrun should end its processes",
			"the held child was killed before the %s manager could put it into %s: %w", m.Kind, name, err)
	}
	if m.embedded != nil && m.embedded.Full() {
		return problem.Errorf(embedded.RoomInRun,
			"the %s manager refuses %s: %w: %w", m.Kind, name, err, syscall.ENOSPC)
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

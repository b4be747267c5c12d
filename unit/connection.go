package unit

import (
	"context"
	"fmt"
	"os"

	"github.com/godbus/dbus/v5"

	"github.com/slimrun/slimrun/unit/wire"
)

const (
	systemdName  = "org.freedesktop.systemd1"
	systemdPath  = "/org/freedesktop/systemd1"
	managerIface = "org.freedesktop.systemd1.Manager"
)

// connection is one to a manager, with the ends of jobs that are heard on it.
type connection struct {
	*wire.Conn
	jobs jobs
}

// dial connects and greets; a bus is subscribed to before any job can be asked
// for.
func dial(ctx context.Context, s wire.Socket) (*connection, error) {
	c := &connection{jobs: jobs{}}
	var err error
	if c.Conn, err = wire.Dial(ctx, s, c.jobs); err != nil {
		return nil, err
	}
	if s.IsBus {
		if err := c.subscribe(ctx); err != nil {
			c.Close()
			return nil, wire.Talking(s.Path, err)
		}
	}
	return c, nil
}

// taken is a connection on which the greeting has been said.
func taken(inside *os.File) (*connection, error) {
	if err := wire.Polled(inside); err != nil {
		inside.Close()
		return nil, wire.Talking(inside.Name(), err)
	}
	c := &connection{jobs: jobs{}}
	c.Conn = wire.New(inside, inside.Name(), c.jobs)
	return c, nil
}

// subscribe asks a bus for JobRemoved; a private socket sends every signal
// unasked.
func (c *connection) subscribe(ctx context.Context) error {
	rule := "type='signal',sender='" + systemdName + "',interface='" + managerIface + "',member='JobRemoved'"
	for _, q := range []wire.Question{wire.AddMatch(rule), ask("Subscribe")} {
		if _, err := c.Call(ctx, q); err != nil {
			return fmt.Errorf("%s: %w", q.Method, err)
		}
	}
	return nil
}

// ask is a question to the manager's own object.
func ask(method string, args ...any) wire.Question {
	return wire.Question{Dest: systemdName, Path: systemdPath, Method: managerIface + "." + method, Args: args}
}

// get reads a property of an object of the manager's.
func (c *connection) get(ctx context.Context, path dbus.ObjectPath, iface, property string) (any, error) {
	return c.Get(ctx, systemdName, path, iface, property)
}

// wait returns the job's result. Errors: the deadline, the connection's end.
func (c *connection) wait(ctx context.Context, job dbus.ObjectPath) (string, error) {
	err := c.Until(ctx, func() bool { _, done := c.jobs[job]; return done })
	if err != nil {
		return "", fmt.Errorf("no word of the job's end: %w", err)
	}
	return c.jobs[job], nil
}

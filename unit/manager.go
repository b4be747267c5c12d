package unit

import (
	"context"
	"os"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/embedded"
	"github.com/slimrun/slimrun/unit/slurm"
	"github.com/slimrun/slimrun/unit/wire"
)

// Manager is a systemd within reach. Open finds it, Dial connects to it.
type Manager struct {
	Kind     Kind
	sockets  []wire.Socket
	nested   bool   // it is in a PID namespace above this one
	queue    string // the file of turns
	turn     turn
	alone    turn // for setting a slice's limits
	embedded *embedded.Hold
	step     *slurm.Step // instead of all that: of no systemd
	bus      *connection
	untried  []wire.Socket // where Dial would go next
	failures []error       // where it has been
	mounts   func() (cgroup.Mounts, error)
}

// Open finds the manager, booting the embedded one if need be, and waits for
// its turn to talk to it, which ends with Hangup. Errors: none within reach,
// with what is missing and the command that mends it; the deadline.
func Open(ctx context.Context, kind Kind) (*Manager, error) {
	m, err := Find(ctx, kind)
	if err != nil {
		return nil, err
	}
	if err := m.Queue(ctx); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// Queue waits for the turn. Errors: the deadline.
func (m *Manager) Queue(ctx context.Context) (err error) {
	if m.step == nil {
		m.turn, err = takeTurn(ctx, m.queue)
	}
	return err
}

// PIDNamespace is the namespace in which a run's processes must be born, nil
// for the caller's own: PIDs on the bus are the manager's.
func (m *Manager) PIDNamespace() (*os.File, error) {
	if m.embedded == nil || m.embedded.PID == 0 {
		return nil, nil
	}
	return m.embedded.PIDNamespace()
}

// CloneCgroup is the cgroup into which a run's first process must be cloned, nil for the
// caller's own.
func (m *Manager) CloneCgroup() (*os.File, error) {
	if m.embedded == nil {
		return nil, nil
	}
	return m.embedded.CloneCgroup()
}

// Proc is where a /proc is mounted that shows the PID namespace in which a
// run's processes are born.
func (m *Manager) Proc() string {
	if m.embedded == nil {
		return "/proc"
	}
	return m.embedded.Proc()
}

// Close ends the connection and lets go of the embedded manager.
func (m *Manager) Close() error {
	m.Hangup()
	if m.embedded == nil {
		return nil
	}
	return m.embedded.Close()
}

// Hangup ends the connection alone, and the turn: a waiting run holds none.
func (m *Manager) Hangup() {
	m.turn.end()
	m.alone.end()
	m.turn, m.alone = turn{}, turn{}
	if m.bus != nil {
		m.bus.Close()
		m.bus = nil
	}
}

// OutOfSight says whether the manager is in a PID namespace above this
// process's, as inside another run. It then takes PID 0 for whoever opened the
// connection (bus_scope_set_transient_property), which must be the held child.
func (m *Manager) OutOfSight() bool { return m.nested || m.embedded != nil && m.embedded.PID == 0 }

// Inside is the socket that only a process in the manager's PID namespace may
// open, "" where anybody may: systemd takes no peer that it cannot see.
func (m *Manager) Inside() string {
	switch {
	case m.embedded != nil:
		return m.embedded.Socket
	case m.nested:
		return m.sockets[0].Path
	}
	return ""
}

// Greeting is what whoever opens the socket inside says at once, for Dial.
func Greeting() string { return wire.Greeting() }

package unit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

const (
	systemdName  = "org.freedesktop.systemd1"
	systemdPath  = "/org/freedesktop/systemd1"
	managerIface = "org.freedesktop.systemd1.Manager"
)

// bus is one connection to a manager: one, where go-systemd's own has two.
type bus struct {
	conn *dbus.Conn
	jobs *jobs
}

// dial connects, authenticates and, on a bus, subscribes to job results
// before any job can be asked for.
func dial(ctx context.Context, s socket) (*bus, error) {
	stream, err := connect(ctx, s)
	if err != nil {
		return nil, err
	}
	return converse(ctx, stream, s)
}

// converse authenticates on a stream that is connected already.
func converse(ctx context.Context, stream net.Conn, s socket) (*bus, error) {
	stopWatching := context.AfterFunc(ctx, func() { stream.Close() })
	b, err := newBus(ctx, stream, s)
	if !stopWatching() {
		err = ctx.Err()
	}
	if err != nil {
		stream.Close()
		return nil, fmt.Errorf("talking to %q: %w", s.path, err)
	}
	return b, nil
}

func newBus(ctx context.Context, stream net.Conn, s socket) (*bus, error) {
	greeted, err := authenticate(stream)
	if err != nil {
		return nil, err
	}
	b := &bus{jobs: newJobs()}
	b.conn, err = dbus.NewConn(greeted, dbus.WithSignalHandler(b.jobs))
	if err != nil {
		return nil, err
	}
	if err := b.conn.Auth([]dbus.Auth{dbus.AuthExternal("")}); err != nil {
		return nil, err
	}
	if s.isBus {
		return b, b.subscribe(ctx)
	}
	return b, nil
}

// subscribe says hello to a bus and asks for JobRemoved; a private socket
// needs no hello and sends every signal unasked.
func (b *bus) subscribe(ctx context.Context) error {
	daemon := b.conn.Object("org.freedesktop.DBus", "/org/freedesktop/DBus")
	rule := "type='signal',sender='" + systemdName + "',interface='" + managerIface + "',member='JobRemoved'"
	for _, call := range []*dbus.Call{
		daemon.CallWithContext(ctx, "org.freedesktop.DBus.Hello", 0),
		daemon.CallWithContext(ctx, "org.freedesktop.DBus.AddMatch", 0, rule),
		b.manager().CallWithContext(ctx, managerIface+".Subscribe", 0),
	} {
		if call.Err != nil {
			return fmt.Errorf("%s: %w", call.Method, call.Err)
		}
	}
	return nil
}

func (b *bus) manager() dbus.BusObject {
	return b.conn.Object(systemdName, systemdPath)
}

func (b *bus) close() { b.conn.Close() }

// connect retries while the manager's backlog is full: a thousand launches at
// once are a storm on one socket. Its steps grow and carry jitter, so that the
// thousand do not come back together. Errors: no socket, a foreign one, or the
// deadline.
func connect(ctx context.Context, s socket) (net.Conn, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	var dialer net.Dialer
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		stream, err := dialer.DialContext(ctx, "unix", s.path)
		if !errors.Is(err, syscall.EAGAIN) {
			return stream, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("connecting to %q: its queue stays full: %w", s.path, ctx.Err())
		case <-time.After(wait/2 + rand.N(wait)):
		}
	}
}

func (s socket) check() error {
	var st unix.Stat_t
	if err := unix.Lstat(s.path, &st); err != nil {
		return fmt.Errorf("socket %q: %w", s.path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return fmt.Errorf("%q is not a socket", s.path)
	}
	if st.Uid != s.owner && st.Uid != 0 {
		return fmt.Errorf("socket %q belongs to uid %d, want %d", s.path, st.Uid, s.owner)
	}
	return nil
}

// jobs collects the results of jobs as they come, also those that come before
// the reply which names the job.
type jobs struct {
	mu      sync.Mutex
	results map[dbus.ObjectPath]string
	changed chan struct{} // holds one token when results grew
	gone    chan struct{} // closed with the connection
	once    sync.Once
}

func newJobs() *jobs {
	return &jobs{results: map[dbus.ObjectPath]string{}, changed: make(chan struct{}, 1), gone: make(chan struct{})}
}

// DeliverSignal keeps JobRemoved(u id, o job, s unit, s result).
func (j *jobs) DeliverSignal(_, name string, signal *dbus.Signal) {
	if name != "JobRemoved" || len(signal.Body) < 4 {
		return
	}
	job, ok1 := signal.Body[1].(dbus.ObjectPath)
	result, ok2 := signal.Body[3].(string)
	if !ok1 || !ok2 {
		return
	}
	j.mu.Lock()
	j.results[job] = result
	j.mu.Unlock()
	select {
	case j.changed <- struct{}{}:
	default:
	}
}

// Terminate is called by godbus when the connection is gone.
func (j *jobs) Terminate() { j.once.Do(func() { close(j.gone) }) }

// wait returns the job's result. Errors: the deadline, the connection's end.
func (j *jobs) wait(ctx context.Context, job dbus.ObjectPath) (string, error) {
	for {
		j.mu.Lock()
		result, done := j.results[job]
		j.mu.Unlock()
		if done {
			return result, nil
		}
		select {
		case <-j.changed:
		case <-j.gone:
			return "", errors.New("the connection ended before the job was done")
		case <-ctx.Done():
			return "", fmt.Errorf("no word of the job's end: %w", ctx.Err())
		}
	}
}

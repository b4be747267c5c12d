package unit

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/wire"
)

// fakeManager is a systemd's end of a D-Bus connection, on a real socket, for
// the faults that a real one cannot be made to show.
type fakeManager struct {
	path  string
	start func(f *fakeManager, call startCall) (dbus.ObjectPath, *dbus.Error)
	props map[string]any // what Properties.Get says; a func says it each time
	units []listedUnit   // what ListUnitsByPatterns says

	conn    *dbus.Conn
	mu      sync.Mutex
	calls   []startCall
	words   []string     // what a bus hears before any job
	said    bytes.Buffer // all that came
	stopped chan string
}

// startCall is StartTransientUnit as it came over the wire.
type startCall struct {
	Name, Mode string
	Properties []limit.Property
	Aux        []auxUnit
	Signature  string
}

func (c startCall) property(name string) any {
	i := slices.IndexFunc(c.Properties, func(p limit.Property) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return c.Properties[i].Value.Value()
}

const fakeJob = dbus.ObjectPath("/org/freedesktop/systemd1/job/7")

// newFake listens; start answers StartTransientUnit, nil finishes every job.
func newFake(t *testing.T, start func(*fakeManager, startCall) (dbus.ObjectPath, *dbus.Error)) *fakeManager {
	t.Helper()
	f := &fakeManager{path: filepath.Join(t.TempDir(), "private"), start: start, stopped: make(chan string, 9)}
	if start == nil {
		f.start = func(f *fakeManager, call startCall) (dbus.ObjectPath, *dbus.Error) {
			f.finish(fakeJob, call.Name, "done")
			return fakeJob, nil
		}
	}
	listener, err := net.Listen("unix", f.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			stream, err := listener.Accept()
			if err != nil {
				return
			}
			go f.serve(stream)
		}
	}()
	return f
}

// greeted is a stream after its greeting, for godbus, which insists on holding
// one: what it says is answered here.
type greeted struct {
	io.Writer
	io.Closer
	in     io.Reader
	answer *strings.Reader // what godbus still has to hear
	begun  bool            // godbus has said BEGIN; all after that is messages
}

func (g *greeted) Read(p []byte) (int, error) {
	if g.answer.Len() > 0 {
		return g.answer.Read(p)
	}
	return g.in.Read(p)
}

func (g *greeted) Write(p []byte) (int, error) {
	if g.begun {
		return g.Writer.Write(p)
	}
	g.begun = bytes.HasPrefix(p, []byte("BEGIN"))
	return len(p), nil
}

// serve takes the greeting and goes on as godbus.
func (f *fakeManager) serve(stream net.Conn) {
	in := bufio.NewReader(stream)
	if nul, err := in.ReadByte(); nul != 0 || err != nil {
		stream.Close()
		return
	}
	for _, want := range []string{"AUTH EXTERNAL\r\n", "DATA\r\n", "BEGIN\r\n"} {
		if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, want) {
			stream.Close()
			return
		}
	}
	const ok = "OK 0123456789abcdef0123456789abcdef\r\n"
	io.WriteString(stream, "DATA\r\n"+ok)
	conn, err := dbus.NewConn(&greeted{stream, stream, io.TeeReader(in, f), strings.NewReader("REJECTED EXTERNAL\r\n" + ok), false})
	if err != nil {
		return
	}
	f.mu.Lock()
	f.conn = conn
	f.mu.Unlock()
	conn.Export(fakeCalls{f}, systemdPath, managerIface)
	conn.Export(fakeDaemon{f}, "/org/freedesktop/DBus", "org.freedesktop.DBus")
	conn.ExportSubtree(fakeProperties{f}, systemdPath, "org.freedesktop.DBus.Properties")
	conn.Auth([]dbus.Auth{dbus.AuthExternal("")})
}

// Write keeps what came, in its order: godbus takes each call in a goroutine of its own.
func (f *fakeManager) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.said.Write(p)
}

// wantNoStop asks for something, so that what was said before has come, and looks
// whether it was to stop anything.
func (f *fakeManager) wantNoStop(t *testing.T, m *Manager) {
	t.Helper()
	m.Ending(within(t, 5*time.Second), "a.scope")
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !bytes.Contains(f.said.Bytes(), []byte("ActiveState")):
		t.Error("the question has not come")
	case bytes.Contains(f.said.Bytes(), []byte("StopUnit")):
		t.Error("a scope was stopped that may be another's")
	}
}

// finish sends JobRemoved(u id, o job, s unit, s result).
func (f *fakeManager) finish(job dbus.ObjectPath, name, result string) {
	f.conn.Emit(systemdPath, managerIface+".JobRemoved", uint32(7), job, name, result)
}

// hangup ends the connection from the manager's side.
func (f *fakeManager) hangup() { f.conn.Close() }

func (f *fakeManager) seen() []startCall {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// fakeCalls are org.freedesktop.systemd1.Manager's methods, typed: godbus
// refuses calls of other types.
type fakeCalls struct{ f *fakeManager }

func (c fakeCalls) StartTransientUnit(
	msg dbus.Message, name, mode string, properties []limit.Property, aux []auxUnit,
) (dbus.ObjectPath, *dbus.Error) {
	signature, _ := msg.Headers[dbus.FieldSignature].Value().(dbus.Signature)
	call := startCall{name, mode, properties, aux, signature.String()}
	c.f.mu.Lock()
	c.f.calls = append(c.f.calls, call)
	c.f.mu.Unlock()
	return c.f.start(c.f, call)
}

func (c fakeCalls) StopUnit(name, mode string) (dbus.ObjectPath, *dbus.Error) {
	c.f.stopped <- name + " " + mode
	return fakeJob, nil
}

func (c fakeCalls) StartUnit(name, mode string) (dbus.ObjectPath, *dbus.Error) {
	c.f.hears("StartUnit " + name)
	c.f.finish(fakeJob, name, "done")
	return fakeJob, nil
}

func (c fakeCalls) SetUnitProperties(name string, runtime bool, properties []limit.Property) *dbus.Error {
	for _, p := range properties {
		c.f.hears(fmt.Sprint(p.Name, "=", p.Value.Value()))
	}
	return nil
}

func (c fakeCalls) ListUnitsByPatterns(states, patterns []string) ([]listedUnit, *dbus.Error) {
	c.f.hears("ListUnitsByPatterns " + strings.Join(patterns, " "))
	return c.f.units, nil
}

func (c fakeCalls) Subscribe() *dbus.Error { c.f.hears("Subscribe"); return nil }

type fakeDaemon struct{ f *fakeManager }

func (d fakeDaemon) Hello() (string, *dbus.Error)     { d.f.hears("Hello"); return ":1.7", nil }
func (d fakeDaemon) AddMatch(rule string) *dbus.Error { d.f.hears("AddMatch"); return nil }

func (f *fakeManager) hears(word string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.words = append(f.words, word)
}

func (f *fakeManager) greeted() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.words)
}

type fakeProperties struct{ f *fakeManager }

func (p fakeProperties) Get(iface, name string) (dbus.Variant, *dbus.Error) {
	value, ok := p.f.props[name]
	if !ok {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", []any{"Unknown property " + name})
	}
	if say, ok := value.(func() any); ok {
		value = say()
	}
	return dbus.MakeVariant(value), nil
}

// within is a context for the patience of a test.
func within(t *testing.T, patience time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// reach dials, and waits for the answer to the greeting.
func (m *Manager) reach(ctx context.Context) error {
	if err := m.Dial(ctx, nil); err != nil {
		return err
	}
	return m.settle(ctx)
}

// nothing is done while systemd is asked.
func nothing() {}

// dialFake is a manager connected to the fake.
func dialFake(t *testing.T, f *fakeManager) *Manager {
	t.Helper()
	m := &Manager{Kind: SystemKind, sockets: []wire.Socket{own(f.path)}}
	if err := m.reach(within(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Hangup)
	return m
}

// wantStopped waits for the StopUnit of a scope.
func (f *fakeManager) wantStopped(t *testing.T, name string) {
	t.Helper()
	select {
	case got := <-f.stopped:
		if want := name + " replace"; got != want {
			t.Errorf("StopUnit %q, want %q", got, want)
		}
	case <-time.After(5 * time.Second):
		t.Errorf("%s was not stopped", name)
	}
}

package unit

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/slimrun/slimrun/unit/wire"
)

// said is a stream on which a manager has said all it ever will.
type said struct{ io.Reader }

func (said) Write(p []byte) (int, error)      { return len(p), nil }
func (said) Close() error                     { return nil }
func (said) SetReadDeadline(time.Time) error  { return nil }
func (said) SetWriteDeadline(time.Time) error { return nil }

// serialAt is where a message has its serial.
const serialAt = 8

// long is more than a connection reads ahead.
const long = 32 << 10

// message is what a manager sends.
func message(t testing.TB, order binary.ByteOrder, kind dbus.Type, headers map[dbus.HeaderField]any, body ...any) []byte {
	m := dbus.Message{Type: kind, Headers: map[dbus.HeaderField]dbus.Variant{}, Body: body}
	for field, value := range headers {
		m.Headers[field] = dbus.MakeVariant(value)
	}
	if len(body) > 0 {
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(body...))
	}
	var out bytes.Buffer
	if err := m.EncodeTo(&out, order); err != nil {
		t.Fatal(err)
	}
	order.PutUint32(out.Bytes()[serialAt:], 9)
	return out.Bytes()
}

func signalMessage(t testing.TB, order binary.ByteOrder, iface, member string, body ...any) []byte {
	return message(t, order, dbus.TypeSignal, map[dbus.HeaderField]any{
		dbus.FieldPath: dbus.ObjectPath(systemdPath), dbus.FieldInterface: iface, dbus.FieldMember: member,
	}, body...)
}

func replyMessage(t testing.TB, order binary.ByteOrder, body ...any) []byte {
	return message(t, order, dbus.TypeMethodReply, map[dbus.HeaderField]any{dbus.FieldReplySerial: uint32(1)}, body...)
}

// launch is all that a manager says in one: the job's end first (B8), among
// signals, of which one has that length.
func launch(t testing.TB, order binary.ByteOrder, result string, length int) []byte {
	much := map[string]dbus.Variant{"Long": dbus.MakeVariant(strings.Repeat("x", length))}
	return bytes.Join([][]byte{
		[]byte("OK 0123\r\n"),
		signalMessage(t, order, managerIface, "UnitNew", "a.scope", dbus.ObjectPath("/a")),
		signalMessage(t, order, "org.freedesktop.DBus.Properties", "PropertiesChanged", "x", much, []string{}),
		signalMessage(t, order, managerIface, "JobRemoved", uint32(7), fakeJob, "a.scope", result),
		replyMessage(t, order, fakeJob),
	}, nil)
}

// Row B8, in either byte order: the end of a job is found among other signals.
func TestBusReads(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		m := &Manager{}
		if err := m.startOver(said{bytes.NewReader(launch(t, order, "done", long))}, t); err != nil {
			t.Errorf("B8 %v: %v", order, err)
		}
		if err := m.startOver(said{bytes.NewReader(launch(t, order, "failed", long))}, t); err == nil {
			t.Errorf("B9 %v: a job that failed is taken for done", order)
		}
	}
}

// A JobRemoved of another interface ends no job.
func TestBusBelievesTheManagerAlone(t *testing.T) {
	order := binary.LittleEndian
	conversation := bytes.Join([][]byte{
		[]byte("OK 0123\r\n"), replyMessage(t, order, fakeJob),
		signalMessage(t, order, "org.example.Other", "JobRemoved", uint32(7), fakeJob, "a.scope", "done"),
	}, nil)
	if err := (&Manager{}).startOver(said{bytes.NewReader(conversation)}, t); err == nil {
		t.Error("somebody else's signal ended the job")
	}
}

func (m *Manager) startOver(s said, t testing.TB) (err error) {
	m.bus = &connection{jobs: jobs{}}
	m.bus.Conn = wire.New(s, "bytes", m.bus.jobs)
	return m.StartScope(t.Context(), Scope{Name: "a.scope", PID: 7}, nothing)
}

// done says whether in a conversation the job that the first reply names has
// ended, and with "done": by lengths and godbus alone, not by what slimrun reads.
func done(conversation []byte) bool {
	_, rest, _ := bytes.Cut(conversation, []byte("\n"))
	var job any
	ended := map[any]bool{}
	for len(rest) >= 16 {
		order := binary.ByteOrder(binary.LittleEndian)
		if rest[0] == 'B' {
			order = binary.BigEndian
		}
		size := 16 + (uint64(order.Uint32(rest[12:]))+7)/8*8 + uint64(order.Uint32(rest[4:]))
		if size > uint64(len(rest)) {
			break
		}
		m, err := dbus.DecodeMessage(bytes.NewReader(rest[:size]))
		rest = rest[size:]
		switch {
		case err != nil:
		case m.Type == dbus.TypeMethodReply && m.Headers[dbus.FieldReplySerial].Value() == uint32(1) && len(m.Body) > 0:
			job = m.Body[0]
		case m.Type == dbus.TypeSignal && m.Headers[dbus.FieldInterface].Value() == managerIface &&
			m.Headers[dbus.FieldMember].Value() == "JobRemoved" && len(m.Body) > 3:
			if path, isPath := m.Body[1].(dbus.ObjectPath); isPath {
				ended[path] = ended[path] || m.Body[3] == "done"
			}
		}
	}
	path, isPath := job.(dbus.ObjectPath)
	return isPath && ended[path]
}

// Whatever the other end says: no panic, no hang, and no scope that is started
// without its job's "done".
func FuzzBus(f *testing.F) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		f.Add(launch(f, order, "done", 50))
		f.Add(launch(f, order, "failed", 50))
	}
	f.Add([]byte("REJECTED EXTERNAL\r\n"))
	f.Add([]byte("OK 0\r\nl\x04\x00\x01\xff\xff\xff\x7f\x01\x00\x00\x00\xff\xff\xff\x7f"))
	order := binary.LittleEndian
	for _, signal := range [][]byte{
		signalMessage(f, order, managerIface, "JobRemoved", uint32(7), fakeJob+"1", "a.scope", "done"),
		signalMessage(f, order, managerIface, "JobRemoved", uint32(7), fakeJob, "done", "canceled"),
		signalMessage(f, order, managerIface, "JobNew", uint32(7), fakeJob, "JobRemoved", "done"),
		signalMessage(f, order, managerIface+".JobRemoved", "JobRemoved", uint32(7), fakeJob, "a.scope", "done"),
	} {
		f.Add(bytes.Join([][]byte{[]byte("OK 0123\r\n"), replyMessage(f, order, fakeJob), signal}, nil))
	}
	f.Fuzz(func(t *testing.T, conversation []byte) {
		err := (&Manager{}).startOver(said{bytes.NewReader(conversation)}, t)
		if err == nil && !done(conversation) {
			t.Error("a scope is started, though its job did not end with \"done\"")
		}
	})
}

package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"
)

// The head of a message (D-Bus specification, "Message Format"): byte order,
// type, flags, version, the body's length, a serial, the fields' length.
const (
	messageHead   = 16
	messageSerial = 8
	messageMax    = 1 << 27
)

var errMessage = errors.New("that is no D-Bus message")

// Question is a method call.
type Question struct {
	Flags  dbus.Flags
	Dest   string
	Path   dbus.ObjectPath
	Method string // with its interface
	Args   []any
}

// hello is what a bus hears first.
var hello = Question{Dest: "org.freedesktop.DBus", Path: "/org/freedesktop/DBus", Method: "org.freedesktop.DBus.Hello"}

// AddMatch asks a bus for signals: nothing comes unasked there.
func AddMatch(rule string) Question {
	return Question{Dest: hello.Dest, Path: hello.Path, Method: "org.freedesktop.DBus.AddMatch", Args: []any{rule}}
}

// encode makes the message. godbus keeps a message's serial to its own
// connections, so it is put in here.
func (q Question) encode(serial uint32) ([]byte, error) {
	i := strings.LastIndexByte(q.Method, '.')
	message := dbus.Message{
		Type: dbus.TypeMethodCall, Flags: q.Flags, Body: q.Args,
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldDestination: dbus.MakeVariant(q.Dest),
			dbus.FieldPath:        dbus.MakeVariant(q.Path),
			dbus.FieldInterface:   dbus.MakeVariant(q.Method[:i]),
			dbus.FieldMember:      dbus.MakeVariant(q.Method[i+1:]),
		},
	}
	if len(q.Args) > 0 {
		message.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(q.Args...))
	}
	var out bytes.Buffer
	if err := message.EncodeTo(&out, binary.LittleEndian); err != nil {
		return nil, fmt.Errorf("%s: %w", q.Method, err)
	}
	binary.LittleEndian.PutUint32(out.Bytes()[messageSerial:], serial)
	return out.Bytes(), nil
}

// envelope is what a message's head says.
type envelope struct {
	kind   dbus.Type
	fields int // length of the fields behind the head
	size   int // of the whole message
}

// measure reads a head. Errors: it is none, or that of a message longer
// than the specification has it.
func measure(head []byte) (envelope, error) {
	var order binary.ByteOrder = binary.LittleEndian
	switch head[0] {
	case 'B':
		order = binary.BigEndian
	case 'l':
	default:
		return envelope{}, errMessage
	}
	body, fields := order.Uint32(head[4:]), order.Uint32(head[12:])
	if body > messageMax || fields > messageMax {
		return envelope{}, fmt.Errorf("%w: its lengths are %d and %d", errMessage, fields, body)
	}
	padded := (int(fields) + 7) &^ 7
	return envelope{kind: dbus.Type(head[1]), fields: int(fields), size: messageHead + padded + int(body)}, nil
}

// bodyOf is a reply's body, or the error that it is.
func bodyOf(reply *dbus.Message) ([]any, error) {
	if reply.Type != dbus.TypeError {
		return reply.Body, nil
	}
	name, _ := reply.Headers[dbus.FieldErrorName].Value().(string)
	return nil, dbus.Error{Name: name, Body: reply.Body}
}

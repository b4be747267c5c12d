package wire

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/godbus/dbus/v5"
)

// Conn is one connection; a launch asks one thing at a time, so it is for one
// goroutine at a time. godbus makes the messages and reads them.
type Conn struct {
	Path    string // of its socket
	stream  stream
	in      *bufio.Reader
	skip    int                      // bytes of the last message, still to be passed over
	settled bool                     // the other end has taken the greeting
	serial  uint32                   // of the last question
	replies map[uint32]*dbus.Message // by the question's serial
	signals Signals
}

// Signals are what comes unasked.
type Signals interface {
	// Wants looks at the fields of a signal that is to come: a private socket
	// sends every signal there is, and most are not even read.
	Wants(fields []byte) bool
	Keep(signal *dbus.Message)
}

// readAhead is room for a dozen signals. Most replies are of a few hundred bytes.
const readAhead = 16 << 10

// replyMax is the longest reply that is taken: ten thousand units are listed in 3 MB.
const replyMax = 64 << 20

// Dial connects and greets, without waiting for the answer; on a bus it says
// Hello, and does. Errors: no socket, a foreign one, the deadline.
func Dial(ctx context.Context, s Socket, signals Signals) (*Conn, error) {
	connected, err := connect(ctx, s)
	if err != nil {
		return nil, err
	}
	c, err := greet(connected, s.Path, signals)
	if err == nil && s.IsBus {
		_, err = c.Call(ctx, hello)
	}
	if err != nil {
		connected.Close()
		return nil, Talking(s.Path, err)
	}
	return c, nil
}

// Talking says to whom something failed.
func Talking(path string, err error) error { return fmt.Errorf("talking to %q: %w", path, err) }

func greet(connected stream, path string, signals Signals) (*Conn, error) {
	if _, err := io.WriteString(connected, Greeting()); err != nil {
		return nil, fmt.Errorf("greeting: %w", err)
	}
	return New(connected, path, signals), nil
}

// New is for a stream on which the greeting has been said.
func New(connected stream, path string, signals Signals) *Conn {
	return &Conn{
		Path: path, stream: connected, in: bufio.NewReaderSize(connected, readAhead),
		replies: map[uint32]*dbus.Message{}, signals: signals,
	}
}

// Call asks and waits for the reply.
func (c *Conn) Call(ctx context.Context, q Question) ([]any, error) {
	if err := c.Settle(ctx); err != nil {
		return nil, err
	}
	serial, err := c.Send(ctx, q)
	if err != nil {
		return nil, err
	}
	return c.Reply(ctx, serial)
}

// Get reads a property of an object.
func (c *Conn) Get(ctx context.Context, dest string, path dbus.ObjectPath, iface, property string) (any, error) {
	body, err := c.Call(ctx,
		Question{Dest: dest, Path: path, Method: "org.freedesktop.DBus.Properties.Get", Args: []any{iface, property}})
	value, _ := First(body).(dbus.Variant)
	return value.Value(), err
}

// First is the first value of a body, nil for none.
func First(body []any) any {
	if len(body) == 0 {
		return nil
	}
	return body[0]
}

// Send asks, and returns the serial by which the reply is known. A manager that is
// stopped takes what its socket has room for, and is waited for as for its first word.
func (c *Conn) Send(ctx context.Context, q Question) (uint32, error) {
	ctx, cancel := context.WithTimeout(ctx, FirstWord)
	defer cancel()
	c.serial++
	message, err := q.encode(c.serial)
	if err != nil {
		return c.serial, err
	}
	stop := context.AfterFunc(ctx, func() { c.stream.SetWriteDeadline(time.Unix(1, 0)) })
	_, err = c.stream.Write(message)
	if !stop() && err != nil { // half a message: the connection is of no more use
		err = context.Cause(ctx)
	}
	return c.serial, err
}

// Reply waits for the reply to the question of that serial.
func (c *Conn) Reply(ctx context.Context, serial uint32) ([]any, error) {
	err := c.Until(ctx, func() bool { return c.replies[serial] != nil })
	if err != nil {
		return nil, err
	}
	defer delete(c.replies, serial)
	return bodyOf(c.replies[serial])
}

// Until reads messages up to the one that brings what is waited for.
func (c *Conn) Until(ctx context.Context, come func() bool) error {
	return c.bounded(ctx, func() error {
		for !come() {
			if err := c.next(); err != nil {
				return err
			}
		}
		return nil
	})
}

// bounded ends what reads at the context's end. The connection stays as it was:
// a scope may still have to be stopped over it.
func (c *Conn) bounded(ctx context.Context, read func() error) error {
	cut := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		c.stream.SetReadDeadline(time.Unix(1, 0))
		close(cut)
	})
	err := read()
	if !stop() {
		<-cut
		c.stream.SetReadDeadline(time.Time{})
		if err != nil {
			return context.Cause(ctx)
		}
	}
	if err == io.EOF {
		return fmt.Errorf("the manager ended the connection: %w", err)
	}
	return err
}

// next reads one message: replies and wanted signals are kept, all others nobody
// here waits for.
func (c *Conn) next() error {
	passed, err := c.in.Discard(c.skip)
	c.skip -= passed
	if err != nil {
		return err
	}
	head, err := c.in.Peek(messageHead)
	if err != nil {
		return err
	}
	e, err := measure(head)
	if err != nil {
		return err
	}
	if c.wants(e) {
		return c.keep(e)
	}
	c.skip = e.size
	return nil
}

// wants looks at the fields of a message that is to come; those of a wanted
// signal fit into what is read ahead.
func (c *Conn) wants(e envelope) bool {
	if e.kind != dbus.TypeSignal {
		return e.kind == dbus.TypeMethodReply || e.kind == dbus.TypeError
	}
	start, err := c.in.Peek(min(messageHead+e.fields, readAhead))
	return err != nil || c.signals.Wants(start)
}

// content is a whole message, to be passed over once it is read. A reply longer than
// what is read ahead is taken off as it comes; one that is cut off is lost.
func (c *Conn) content(e envelope) ([]byte, error) {
	if e.size <= readAhead {
		content, err := c.in.Peek(e.size)
		if err == nil {
			c.skip = e.size
		}
		return content, err
	}
	if e.kind == dbus.TypeSignal || e.size > replyMax {
		return nil, fmt.Errorf("%w: %d bytes are too many", errMessage, e.size)
	}
	var long bytes.Buffer
	n, err := io.CopyN(&long, c.in, int64(e.size))
	c.skip = e.size - int(n)
	return long.Bytes(), err
}

// keep reads a message, and keeps it: a signal where those are kept, a reply by its question.
func (c *Conn) keep(e envelope) error {
	content, err := c.content(e)
	if err != nil {
		return err
	}
	message, err := dbus.DecodeMessage(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	if message.Type == dbus.TypeSignal {
		c.signals.Keep(message)
		return nil
	}
	serial, _ := message.Headers[dbus.FieldReplySerial].Value().(uint32)
	c.replies[serial] = message
	return nil
}

// Close ends the connection.
func (c *Conn) Close() { c.stream.Close() }

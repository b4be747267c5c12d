package unit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	systemdName  = "org.freedesktop.systemd1"
	systemdPath  = "/org/freedesktop/systemd1"
	managerIface = "org.freedesktop.systemd1.Manager"
)

// bus is one connection to a manager: one, where go-systemd's own has two, and
// without the goroutines of godbus's own, which took a dozen changes of thread
// for each launch: a launch asks one thing at a time. It is for one goroutine
// at a time. godbus makes the messages and reads them.
type bus struct {
	stream  stream
	path    string // of its socket
	in      *bufio.Reader
	skip    int                      // bytes of the last message, still to be passed over
	settled bool                     // the manager has taken the greeting
	serial  uint32                   // of the last question
	replies map[uint32]*dbus.Message // by the question's serial
	jobs    jobs
}

// readAhead is room for a dozen signals, and the most that a reply may have:
// systemd's are of a few hundred bytes.
const readAhead = 16 << 10

// dial connects and greets; a bus is subscribed to before any job can be asked
// for.
func dial(ctx context.Context, s socket) (*bus, error) {
	connected, err := connect(ctx, s)
	if err != nil {
		return nil, err
	}
	b, err := greet(connected, s.path)
	if err == nil && s.isBus {
		err = b.subscribe(ctx)
	}
	if err != nil {
		connected.Close()
		return nil, fmt.Errorf("talking to %q: %w", s.path, err)
	}
	return b, nil
}

// greet greets on a connected stream, without waiting for the answer.
func greet(connected stream, path string) (*bus, error) {
	if _, err := io.WriteString(connected, Greeting()); err != nil {
		return nil, fmt.Errorf("greeting: %w", err)
	}
	return newBus(connected, path), nil
}

// newBus is for a stream on which the greeting has been said.
func newBus(connected stream, path string) *bus {
	return &bus{stream: connected, path: path, in: bufio.NewReaderSize(connected, readAhead), replies: map[uint32]*dbus.Message{}, jobs: jobs{}}
}

// subscribe says hello to a bus and asks for JobRemoved; a private socket
// needs no hello and sends every signal unasked.
func (b *bus) subscribe(ctx context.Context) error {
	hello := question{dest: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", method: "org.freedesktop.DBus.Hello"}
	match := hello
	match.method = "org.freedesktop.DBus.AddMatch"
	match.args = []any{"type='signal',sender='" + systemdName + "',interface='" + managerIface + "',member='JobRemoved'"}
	for _, q := range []question{hello, match, ask("Subscribe")} {
		if _, err := b.call(ctx, q); err != nil {
			return fmt.Errorf("%s: %w", q.method, err)
		}
	}
	return nil
}

// call asks and waits for the reply.
func (b *bus) call(ctx context.Context, q question) ([]any, error) {
	if err := b.settle(ctx); err != nil {
		return nil, err
	}
	serial, err := b.send(q)
	if err != nil {
		return nil, err
	}
	return b.reply(ctx, serial)
}

// get reads a property of an object of the manager's.
func (b *bus) get(ctx context.Context, path dbus.ObjectPath, iface, property string) (any, error) {
	body, err := b.call(ctx, question{dest: systemdName, path: path, method: "org.freedesktop.DBus.Properties.Get", args: []any{iface, property}})
	value, _ := first(body).(dbus.Variant)
	return value.Value(), err
}

// send asks, and returns the serial by which the reply is known.
func (b *bus) send(q question) (uint32, error) {
	b.serial++
	message, err := q.encode(b.serial)
	if err == nil {
		_, err = b.stream.Write(message)
	}
	return b.serial, err
}

// reply waits for the reply to the question of that serial.
func (b *bus) reply(ctx context.Context, serial uint32) ([]any, error) {
	err := b.until(ctx, func() bool { return b.replies[serial] != nil })
	if err != nil {
		return nil, err
	}
	defer delete(b.replies, serial)
	return bodyOf(b.replies[serial])
}

// wait returns the job's result. Errors: the deadline, the connection's end.
func (b *bus) wait(ctx context.Context, job dbus.ObjectPath) (string, error) {
	err := b.until(ctx, func() bool { _, done := b.jobs[job]; return done })
	if err != nil {
		return "", fmt.Errorf("no word of the job's end: %w", err)
	}
	return b.jobs[job], nil
}

// until reads messages up to the one that brings what is waited for.
func (b *bus) until(ctx context.Context, come func() bool) error {
	return b.bounded(ctx, func() error {
		for !come() {
			if err := b.next(); err != nil {
				return err
			}
		}
		return nil
	})
}

// bounded ends what reads at the context's end. The connection stays as it was:
// a scope may still have to be stopped over it.
func (b *bus) bounded(ctx context.Context, read func() error) error {
	cut := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		b.stream.SetReadDeadline(time.Unix(1, 0))
		close(cut)
	})
	err := read()
	if !stop() {
		<-cut
		b.stream.SetReadDeadline(time.Time{})
		if err != nil {
			return context.Cause(ctx)
		}
	}
	if err == io.EOF {
		return fmt.Errorf("the manager ended the connection: %w", err)
	}
	return err
}

// next reads one message: replies and the ends of jobs are kept, all others
// nobody here waits for.
func (b *bus) next() error {
	passed, err := b.in.Discard(b.skip)
	b.skip -= passed
	if err != nil {
		return err
	}
	head, err := b.in.Peek(messageHead)
	if err != nil {
		return err
	}
	e, err := measure(head)
	if err != nil {
		return err
	}
	if b.wants(e) {
		err = b.keep(e)
	}
	if err == nil {
		b.skip = e.size
	}
	return err
}

// wants looks at the fields of a message that is to come; those of JobRemoved
// fit into what is read ahead.
func (b *bus) wants(e envelope) bool {
	if e.kind != dbus.TypeSignal {
		return e.kind == dbus.TypeMethodReply || e.kind == dbus.TypeError
	}
	start, err := b.in.Peek(min(messageHead+e.fields, readAhead))
	return err != nil || maybeJobRemoved(start)
}

func (b *bus) keep(e envelope) error {
	content, err := b.in.Peek(e.size)
	if errors.Is(err, bufio.ErrBufferFull) {
		return fmt.Errorf("%w: %d bytes are too many", errMessage, e.size)
	}
	if err != nil {
		return err
	}
	message, err := dbus.DecodeMessage(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	if message.Type == dbus.TypeSignal {
		b.jobs.keep(message)
		return nil
	}
	serial, _ := message.Headers[dbus.FieldReplySerial].Value().(uint32)
	b.replies[serial] = message
	return nil
}

func (b *bus) close() { b.stream.Close() }

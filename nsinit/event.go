package nsinit

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// Event is a message of the child.
type Event struct {
	Kind    EventKind
	Number  int      // Ready: the PID; Stopped: the signal; Exited: the wait status
	Failure *Failure // Failed
	Marks   []Mark   // Traced
	File    *os.File // Connected: the open socket
	Err     error    // Broken
}

// EventKind tells events apart.
type EventKind byte

// The events, in the order in which a run sees them.
const (
	Connected   = EventKind(msgConnected)
	Ready       = EventKind(msgReady)
	Failed      = EventKind(msgFailed)
	Started     = EventKind(msgStarted)
	Stopped     = EventKind(msgStopped)
	Continued   = EventKind(msgContinued)
	Terminating = EventKind(msgTerminating)
	Exited      = EventKind(msgExited)
	Traced      = EventKind(msgMarks)
	Broken      = EventKind(255)
)

// listen turns the stream into events until it ends.
func listen(control *credentials, events chan<- Event) {
	defer close(events)
	for {
		kind, body, err := readFrame(control)
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, os.ErrClosed) {
			return
		}
		if err == nil {
			var event Event
			if event, err = decodeEvent(kind, body); err == nil {
				events <- control.attach(event)
				continue
			}
		}
		events <- Event{Kind: Broken, Err: err}
		return
	}
}

func decodeEvent(kind byte, body []byte) (Event, error) {
	event := Event{Kind: EventKind(kind)}
	switch event.Kind {
	case Failed:
		failure, err := decodeFailure(body)
		event.Failure = failure
		return event, err
	case Traced:
		marks, err := decodeMarks(body)
		event.Marks = marks
		return event, err
	case Stopped, Exited:
		number, err := decodeNumber(body)
		event.Number = number
		return event, err
	case Connected, Ready, Started, Continued, Terminating:
		return event, nil
	}
	return event, errFrame
}

func encodeNumber(n int) []byte {
	x := codec{}
	x.int(&n)
	return x.buf
}

func decodeNumber(body []byte) (n int, err error) {
	x := codec{buf: body, reading: true}
	x.int(&n)
	if x.failed || len(x.buf) != 0 {
		return 0, errFrame
	}
	return n, nil
}

func encodeSignal(signal syscall.Signal, typed bool) []byte {
	x, n := codec{}, int(signal)
	x.int(&n)
	x.bool(&typed)
	return x.buf
}

func decodeSignal(body []byte) (signal syscall.Signal, typed bool, err error) {
	x, n := codec{buf: body, reading: true}, 0
	x.int(&n)
	x.bool(&typed)
	if x.failed || len(x.buf) != 0 {
		return 0, false, errFrame
	}
	return syscall.Signal(n), typed, nil
}

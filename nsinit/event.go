package nsinit

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"syscall"
)

// Event is a message of the init.
type Event struct {
	Kind    EventKind
	Number  int      // Ready: the PID; Stopped: the signal; Exited: the wait status
	Failure *Failure // Failed
	Mark    Mark     // Marked
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
	Marked      = EventKind(msgMark)
	Broken      = EventKind(255)
)

var errMessage = errors.New("a message on the control socket that makes no sense")

// listen turns messages into events until the socket ends.
func listen(control *credentials, events chan<- Event) {
	defer close(events)
	var buf [maxMessage]byte
	for {
		n, err := control.Read(buf[:])
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, os.ErrClosed) {
			return
		}
		event, ok := decodeEvent(buf[:n])
		if err == nil && !ok {
			err = errMessage
		}
		if err != nil {
			events <- Event{Kind: Broken, Err: err}
			return
		}
		events <- control.attach(event)
	}
}

func decodeEvent(message []byte) (event Event, ok bool) {
	if len(message) == 0 {
		return event, false
	}
	body := message[1:]
	event.Kind = EventKind(message[0])
	switch event.Kind {
	case Failed:
		event.Failure, ok = decodeFailure(body)
	case Marked:
		event.Mark, ok = decodeMark(body)
	case Stopped, Exited:
		var number uint64
		number, ok = readNumber(body)
		event.Number = int(number)
	case Connected, Ready, Started, Continued, Terminating:
		ok = len(body) == 0
	}
	return event, ok
}

// Mark is a step of the init that was done at a moment of Now.
type Mark struct {
	At   int64
	Step string
}

// The init's steps; a mark's body is the time and one's number.
const (
	markBorn = iota
	markGo
	markInside
	markExecuted
	markGone
)

var markNames = [...]string{"born", "let go", "namespaces set up", "payload executed", "payload and all its own gone"}

func decodeMark(body []byte) (Mark, bool) {
	if len(body) != 9 || int(body[8]) >= len(markNames) {
		return Mark{}, false
	}
	return Mark{int64(binary.LittleEndian.Uint64(body)), markNames[body[8]]}, true
}

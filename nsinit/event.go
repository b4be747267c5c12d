package nsinit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/nsinit/inside"
)

// Event is a change of what the init says is so.
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

// The events, in the order in which a run sees them. Stopped, Continued and
// Terminating are told once for what happened several times between two looks.
const (
	Connected EventKind = iota + 1
	Ready
	Failed
	Started
	Stopped
	Continued
	Terminating
	Exited
	Marked
	Broken
)

// Mark is a step of the init that was done at a moment of Now.
type Mark struct {
	At   int64
	Step string
}

var markNames = [inside.Marks]string{
	"born",
	"let go",
	"namespaces set up",
	"payload executed",
	"payload and all its own gone",
}

// seen is what was last seen in the block.
type seen struct {
	connected, ready, failed, started, exited bool
	stopped, terminating                      uint32
	marks                                     [inside.Marks]bool
}

// listen turns what is new in the block into events, whenever the init says
// "look", until the socket ends. It looks also where hearing fails; that is taken
// for a broken socket only where it goes on failing.
func listen(control *credentials, events chan<- Event) {
	defer close(events)
	var s seen
	for failures := 0; ; {
		err := control.hear()
		s.look(inside.Here(), control, events)
		switch {
		case err == nil:
			failures = 0
		case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, os.ErrClosed),
			errors.Is(err, os.ErrDeadlineExceeded): // the init is gone (ended)
			return
		case failures == looks:
			events <- Event{Kind: Broken, Err: fmt.Errorf("hearing the init: %w", err)}
			return
		default:
			failures++
			time.Sleep(lookAgain)
		}
	}
}

// look sends what is so by now and was not before.
func (s *seen) look(b *inside.Block, control *credentials, events chan<- Event) {
	phase := b.Phase.Load()
	once := func(seen *bool, so bool, event Event) {
		if so && !*seen {
			*seen = true
			events <- event
		}
	}
	for i := range s.marks {
		at := b.Marks[i].Load()
		once(&s.marks[i], at != 0, Event{Kind: Marked, Mark: Mark{at, markNames[i]}})
	}
	once(&s.connected, control.passed != nil, Event{Kind: Connected, File: control.passed})
	ready := phase >= inside.PhaseReady && phase != inside.PhaseFailed && control.pid != 0
	once(&s.ready, ready, Event{Kind: Ready, Number: control.pid})
	if phase == inside.PhaseFailed {
		once(&s.failed, true, Event{Kind: Failed, Failure: b.Report.Failure()})
	}
	once(&s.started, phase >= inside.PhaseStarted, Event{Kind: Started})
	if stopped := b.Stopped.Load(); stopped != s.stopped {
		s.stopped = stopped
		events <- stop(stopped)
	}
	if terminating := b.Terminating.Load(); terminating != s.terminating {
		s.terminating = terminating
		events <- Event{Kind: Terminating}
	}
	once(&s.exited, phase == inside.PhaseExited, Event{Kind: Exited, Number: int(b.Status.Load())})
}

func stop(word uint32) Event {
	if by := int(word & 0xff); by != 0 {
		return Event{Kind: Stopped, Number: by}
	}
	return Event{Kind: Continued}
}

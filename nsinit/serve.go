package nsinit

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// message is one of the launcher's.
type message struct {
	kind byte
	body []byte
}

// serve passes on signals and messages until it is released or the launcher
// is gone.
func (p *process) serve() int {
	ended := make(chan syscall.WaitStatus, 1)
	go p.reap(ended)
	messages := make(chan message)
	go p.listen(messages)
	for {
		select {
		case s := <-p.signals:
			p.signalled(s)
		case status := <-ended:
			p.report(status)
		case m, ok := <-messages:
			if !ok {
				p.abandon()
				return 0
			}
			if m.kind == msgRelease {
				return 0
			}
			p.handle(m)
		}
	}
}

// listen reads messages until the launcher is gone.
func (p *process) listen(messages chan<- message) {
	defer close(messages)
	for {
		kind, body, err := readFrame(p.control)
		if err != nil {
			return
		}
		messages <- message{kind, body}
	}
}

// report tells of the payload's end, after what may have been its reason.
func (p *process) report(status syscall.WaitStatus) {
	p.catchUp()
	p.send(msgExited, encodeNumber(int(status)))
}

// lastSignal is sent to this process by itself, to come after all that the
// kernel has given it before: the Go runtime takes signals on several threads.
const (
	lastSignal  = syscall.Signal(64)
	catchUpTime = 20 * time.Millisecond
)

// catchUp hears the signals that came before now.
func (p *process) catchUp() {
	late := time.After(catchUpTime)
	syscall.Kill(os.Getpid(), lastSignal)
	for {
		select {
		case s := <-p.signals:
			if s == lastSignal {
				return
			}
			p.signalled(s)
		case <-late:
			return
		}
	}
}

// signalled: the launcher passes signals on by message, so one that comes
// here is somebody's who reached the whole process group or the whole scope,
// the payload included.
func (p *process) signalled(s os.Signal) {
	signal := s.(syscall.Signal)
	p.grouped[signal] = time.Now()
	if ends(signal) {
		p.send(msgTerminating, nil)
	}
}

func (p *process) handle(m message) {
	switch m.kind {
	case msgSignal:
		if n, typed, err := decodeSignal(m.body); err == nil && n > 0 && n <= 64 {
			p.forward(n, typed)
		}
	case msgForeground:
		giveTerminal(p.payload)
	}
}

// forward passes a signal to the payload, unless the payload got it with its
// group. A group of its own (job control) did not get it.
func (p *process) forward(signal syscall.Signal, typed bool) {
	lag := groupLag
	if typed {
		lag = typedLag
	}
	if !p.done.Load() && !(sameGroup(p.payload) && p.wasGrouped(signal, lag)) {
		syscall.Kill(p.payload, signal)
	}
}

// The kernel signals a process group from its newest member, so this process
// before the launcher; but both hear of it through the Go runtime. The first
// figure is how long this one may lag behind, the second how long what it
// heard may still be the other half of the launcher's message.
const (
	groupLag   = 5 * time.Millisecond
	typedLag   = 300 * time.Millisecond // where somebody may have typed it
	groupFresh = 200 * time.Millisecond
)

// wasGrouped says whether a signal that reached the launcher reached the
// whole process group.
func (p *process) wasGrouped(signal syscall.Signal, lag time.Duration) bool {
	late := time.After(lag)
	for time.Since(p.grouped[signal]) > groupFresh+lag {
		select {
		case s := <-p.signals:
			p.signalled(s)
		case <-late:
			return false
		}
	}
	p.grouped[signal] = time.Time{}
	return true
}

func sameGroup(pid int) bool {
	theirs, err1 := unix.Getpgid(pid)
	own, err2 := unix.Getpgid(0)
	return err1 == nil && err2 == nil && theirs == own
}

// abandon: the launcher is gone without a word. As PID 1 this process need
// only end: the kernel kills the rest.
func (p *process) abandon() {
	if p.config.Restore && !p.done.Load() {
		p.modes.restore()
	}
	if p.first {
		return
	}
	syscall.Kill(p.payload, syscall.SIGKILL)
	<-p.buried
}

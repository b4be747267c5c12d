package nsinit

import "syscall"

// reap waits for every child there is, on a thread of its own: the payload's
// changes are told, orphans are only buried. Nobody else waits. (SIGCHLD in
// the signalfd would save the thread, but the Go runtime unblocks it on all of
// its own.)
func (p *process) reap() {
	defer close(p.buried)
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WUNTRACED|syscall.WCONTINUED, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return
		case pid == p.payload && p.changed(status):
			return
		}
	}
}

// changed tells of the payload; true at its end, when nothing is left.
func (p *process) changed(status syscall.WaitStatus) (ended bool) {
	switch {
	case status.Stopped():
		p.send(msgStopped, encodeNumber(int(status.StopSignal())))
	case status.Continued():
		p.send(msgContinued, nil)
	default:
		p.done.Store(true)
		p.killRest()
		if readable(p.signals) {
			// What came to the whole scope may have been the payload's end;
			// the launcher asks before it judges.
			p.send(msgTerminating, nil)
		}
		p.send(msgExited, encodeNumber(int(status)))
		return true
	}
	return false
}

// killRest kills and buries all that the payload leaves behind. As PID 1 that
// is everybody else in the namespace, at one stroke; otherwise the children,
// then those that are handed down by their death, until none is left.
func (p *process) killRest() {
	if p.first {
		syscall.Kill(-1, syscall.SIGKILL)
	}
	for p.first || killChildren() {
		if _, err := syscall.Wait4(-1, nil, 0, nil); err == syscall.ECHILD {
			return
		}
	}
}

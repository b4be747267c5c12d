package nsinit

import "syscall"

// reap waits for every child there is, on a thread of its own: the payload's
// changes are told, orphans are only buried. Nobody else waits.
func (p *process) reap(ended chan<- syscall.WaitStatus) {
	defer close(p.buried)
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WUNTRACED|syscall.WCONTINUED, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return
		case pid == p.payload && p.changed(status):
			p.done.Store(true)
			p.killRest()
			ended <- status
			return
		}
	}
}

// changed tells of the payload's stops; true at its end.
func (p *process) changed(status syscall.WaitStatus) (ended bool) {
	switch {
	case status.Stopped():
		p.send(msgStopped, encodeNumber(int(status.StopSignal())))
	case status.Continued():
		p.send(msgContinued, nil)
	default:
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

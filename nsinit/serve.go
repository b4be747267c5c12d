package nsinit

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// siKernel marks a signal of the kernel's own, a terminal's among them.
const siKernel = 0x80

// serve passes on signals and messages until it is released or the launcher
// is gone, while the reaper buries. Signals are read first: where a whole
// process group got one, this process got it before the launcher did (the
// kernel walks a group from its newest member), and so knows that the payload
// has it already.
func (p *process) serve() int {
	go p.reap()
	fds := []unix.PollFd{{Fd: int32(p.control), Events: unix.POLLIN}, {Fd: int32(p.signals), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			return 1
		}
		for info, ok := nextSignal(p.signals); ok; info, ok = nextSignal(p.signals) {
			p.signalled(info)
		}
		if fds[0].Revents == 0 {
			continue
		}
		if ended := p.message(); ended {
			return 0
		}
	}
}

// signalled: a signal that comes here is somebody's who reached the whole
// process group or the whole scope, the payload included.
func (p *process) signalled(info unix.SignalfdSiginfo) {
	signal := syscall.Signal(info.Signo)
	if fromInside := info.Code != siKernel && info.Pid != 0 && p.first; fromInside {
		return
	}
	p.grouped[signal]++
	if info.Code != siKernel && ends(signal) {
		p.send(msgTerminating, nil)
	}
}

// ends: signals by which systemd may stop a scope (KillSignal=).
func ends(s syscall.Signal) bool {
	return s != syscall.SIGCONT && s != syscall.SIGWINCH && s != syscall.SIGURG && !isStop(s)
}

// message handles one message of the launcher; true when it is time to end.
func (p *process) message() (ended bool) {
	kind, body, err := readFrame(p.control)
	if err != nil {
		p.abandon()
		return true
	}
	switch kind {
	case msgSignal:
		if n, err := decodeNumber(body); err == nil && n > 0 && n <= 64 {
			p.forward(syscall.Signal(n))
		}
	case msgForeground:
		giveTerminal(p.payload)
	case msgRelease:
		return true
	}
	return false
}

// forward passes a signal to the payload, unless the payload got it with its
// group. A group of its own (job control) did not get it.
func (p *process) forward(signal syscall.Signal) {
	if p.done.Load() {
		return
	}
	if p.grouped[signal] > 0 {
		p.grouped[signal]--
		if sameGroup(p.payload) {
			return
		}
	}
	syscall.Kill(p.payload, signal)
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

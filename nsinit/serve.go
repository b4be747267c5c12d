package nsinit

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// serve passes on signals, reaps, and tells, until it is released or the
// launcher is gone.
//
//go:norace
//go:nosplit
func (p *process) serve() {
	for n := syscall.Signal(1); n <= 64; n++ {
		if p.early&bit(n) != 0 {
			p.kill(p.payload, n)
		}
	}
	for {
		sys(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&p.polled)), uintptr(len(p.polled)), 0, 0, 0, 0)
		if p.polled[pollControl].Revents != 0 {
			if n := p.receive(); n > 0 {
				p.obey(n)
			} else {
				p.abandon()
			}
		}
		p.hear()
		if p.changed {
			p.reap()
		}
		if p.gone && !p.told {
			p.hear() // what may have been the end's reason
			p.mark(markGone)
			p.sendNumber(msgExited, uint64(p.status))
			p.told = true
		}
	}
}

// obey takes one message of the launcher's, of n bytes.
//
//go:norace
//go:nosplit
func (p *process) obey(n int) {
	switch {
	case p.in[0] == msgRelease:
		p.exit(0)
	case p.in[0] == msgForeground:
		p.giveTerminal()
	case p.in[0] == msgSignal && n == 2 && p.in[1] > 0 && p.in[1] <= 64:
		p.forward(syscall.Signal(p.in[1]))
	}
}

// hear reads the signals that have come.
//
//go:norace
//go:nosplit
func (p *process) hear() {
	for {
		n, errno := sys(unix.SYS_READ, uintptr(p.polled[pollSignals].Fd), uintptr(unsafe.Pointer(&p.info)), unsafe.Sizeof(p.info), 0, 0, 0)
		switch {
		case errno != 0 || n != unsafe.Sizeof(p.info):
			return
		case p.info.signo == int32(unix.SIGCHLD):
			p.changed = true
		default:
			p.signalled(syscall.Signal(p.info.signo))
		}
	}
}

// signalled: the launcher passes signals on by message, so one that comes here
// is somebody's who reached the whole process group or the whole scope, the
// payload included; but for one that came before there was a payload. Of what
// a terminal sends (SI_KERNEL) systemd knows nothing.
//
//go:norace
//go:nosplit
func (p *process) signalled(n syscall.Signal) {
	const fromKernel = 0x80
	p.grouped[n&63] = p.time()
	if !ends(n) {
		return
	}
	if p.payload == 0 {
		p.early |= bit(n)
	}
	if p.info.code != fromKernel {
		p.send(msgTerminating)
	}
}

// groupFresh is how long the launcher may take to tell of a signal that both
// got with their process group.
const groupFresh = 500e6 // ns

// forward passes a signal to the payload, unless the payload got it with its
// group. A group of its own (job control) did not get it. The kernel signals a
// group from its newest member, so this process before the launcher: what came
// to both is here by now.
//
//go:norace
//go:nosplit
func (p *process) forward(n syscall.Signal) {
	p.hear()
	if p.done {
		return
	}
	came := p.grouped[n&63]
	p.grouped[n&63] = 0
	if p.sameGroup() && came != 0 && p.time()-came < groupFresh {
		return
	}
	p.kill(p.payload, n)
}

//go:norace
//go:nosplit
func (p *process) kill(pid int, n syscall.Signal) {
	sys(unix.SYS_KILL, uintptr(pid), uintptr(n), 0, 0, 0, 0)
}

//go:norace
//go:nosplit
func (p *process) sameGroup() bool {
	theirs, _ := sys(unix.SYS_GETPGID, uintptr(p.payload), 0, 0, 0, 0, 0)
	own, _ := sys(unix.SYS_GETPGID, 0, 0, 0, 0, 0, 0)
	return theirs == own
}

// ends: signals by which systemd may stop a scope (KillSignal=).
//
//go:norace
//go:nosplit
func ends(n syscall.Signal) bool {
	return n != syscall.SIGCONT && n != syscall.SIGWINCH && n != syscall.SIGTSTP && n != syscall.SIGTTIN && n != syscall.SIGTTOU
}

// reap buries whoever is dead: the payload's changes are told, and with its
// end the rest is killed.
//
//go:norace
//go:nosplit
func (p *process) reap() {
	const continued = 0xffff
	p.changed = false
	for !p.gone {
		pid := p.wait(unix.WNOHANG | unix.WUNTRACED | unix.WCONTINUED)
		switch {
		case pid <= 0:
			return
		case pid != p.payload:
		case p.status == continued:
			p.send(msgContinued)
		case p.status&0xff == 0x7f:
			p.sendNumber(msgStopped, uint64(p.status>>8))
		default:
			p.done = true
			p.killRest()
			p.gone = true
		}
	}
}

// wait takes one child's change; what becomes of the others once the payload
// has ended is nobody's business.
//
//go:norace
//go:nosplit
func (p *process) wait(options uintptr) int {
	status := uintptr(unsafe.Pointer(&p.status))
	if p.done {
		status = 0
	}
	pid, errno := sys(unix.SYS_WAIT4, ^uintptr(0), status, options, 0, 0, 0)
	if errno != 0 {
		return -1
	}
	return int(pid)
}

// killRest kills and buries all that the payload leaves behind. As PID 1 that
// is everybody else in the namespace, at one stroke; otherwise the children,
// then those that are handed down by their death, until none is left.
//
//go:norace
//go:nosplit
func (p *process) killRest() {
	if p.first {
		p.kill(-1, unix.SIGKILL)
	}
	for p.first || p.killChildren() {
		if p.wait(0) < 0 {
			return
		}
	}
}

// killChildren kills every child there is now; false where the kernel does not
// list them (CONFIG_PROC_CHILDREN), and nothing can be waited for.
//
//go:norace
//go:nosplit
func (p *process) killChildren() bool {
	size := p.read(p.children, unsafe.Pointer(&p.text), unsafe.Sizeof(p.text))
	pid := 0
	for i := 0; i < len(p.text) && i < int(size); i++ {
		if digit := p.text[i]; digit != ' ' {
			pid = pid*10 + int(digit-'0')
			continue
		}
		p.kill(pid, unix.SIGKILL)
		pid = 0
	}
	return size > 0
}

// abandon: the launcher is gone without a word. As PID 1 this process need
// only end: the kernel kills the rest.
//
//go:norace
//go:nosplit
func (p *process) abandon() {
	if p.restore && p.tty >= 0 && !p.done {
		// SIGTTOU is blocked, so that a background process may.
		sys(unix.SYS_IOCTL, uintptr(p.tty), unix.TCSETSW, uintptr(unsafe.Pointer(&p.modes)), 0, 0, 0)
	}
	if !p.first && !p.gone {
		p.kill(p.payload, unix.SIGKILL)
		p.done = true
		p.killRest()
	}
	p.exit(0)
}

// readModes remembers those of the first terminal among stdin, stdout and
// stderr.
//
//go:norace
//go:nosplit
func (p *process) readModes() {
	for fd := range uintptr(3) {
		if _, errno := sys(unix.SYS_IOCTL, fd, unix.TCGETS, uintptr(unsafe.Pointer(&p.modes)), 0, 0, 0); errno == 0 {
			p.tty = int(fd)
			return
		}
	}
}

// giveTerminal makes the payload's process group the foreground one, where it
// is not the launcher's, which the shell has put there.
//
//go:norace
//go:nosplit
func (p *process) giveTerminal() {
	group, errno := sys(unix.SYS_GETPGID, uintptr(p.payload), 0, 0, 0, 0, 0)
	if errno != 0 || group == 0 || p.sameGroup() {
		return
	}
	p.clock.Sec = int64(group)
	for fd := range uintptr(3) {
		if _, errno := sys(unix.SYS_IOCTL, fd, unix.TIOCSPGRP, uintptr(unsafe.Pointer(&p.clock.Sec)), 0, 0, 0); errno == 0 {
			return
		}
	}
}

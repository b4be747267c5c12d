package nsinit

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// live is called by begin alone, which is assembly.
var _ = live

// live is the init's life.
//
//go:norace
//go:nosplit
func live(p *process) {
	p.shed()
	p.mark(markBorn)
	if p.socket != nil {
		p.socket.pass(p.control)
	}
	p.read(p.place, unsafe.Pointer(&p.here), unsafe.Sizeof(p.here))
	p.send(msgReady)
	p.gate()
	p.mark(markGo)
	p.perform(p.before)
	if p.files != nil {
		p.runStage()
	}
	p.perform(p.after)
	p.mark(markInside)
	p.readModes()
	score, unscored := sys(unix.SYS_OPENAT, atCWD, uintptr(unsafe.Pointer(p.score)), unix.O_WRONLY|unix.O_CLOEXEC, 0, 0, 0)
	p.start()
	if unscored == 0 {
		p.outliveOOM(score)
	}
	if p.terminal != 0 { // to see its end, the launcher must be the last to have it open
		sys(unix.SYS_CLOSE, p.terminal, 0, 0, 0, 0, 0)
	}
	p.mark(markExecuted)
	p.send(msgStarted)
	p.serve()
}

// outliveOOM keeps the kernel from killing the init with its scope for memory
// (memory.oom.group spares oom_score_adj -1000), so that it can hold the cgroup
// until the figures are read. It takes CAP_SYS_RESOURCE: root's runs have it.
// The payload has its own score from before.
//
//go:norace
//go:nosplit
func (p *process) outliveOOM(score uintptr) {
	sys(unix.SYS_WRITE, score, uintptr(unsafe.Pointer(p.spared)), uintptr(len(spared)), 0, 0, 0)
	sys(unix.SYS_CLOSE, score, 0, 0, 0, 0, 0)
}

const spared = "-1000"

// shed rids the init of what is the launcher's: handlers of signals (the default
// is 0), its name, files and the limit on those.
//
//go:norace
//go:nosplit
func (p *process) shed() {
	for n := syscall.Signal(1); n <= 64; n++ {
		if p.watched&bit(n) != 0 {
			sys(unix.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(&p.action)), 0, 8, 0, 0)
		}
	}
	const title = "slimrun-init"
	for i := uintptr(0); i < p.titled; i++ {
		letter := byte(0)
		if i < uintptr(len(title)) {
			letter = title[i]
		}
		*(*byte)(unsafe.Add(unsafe.Pointer(p.title), i)) = letter
	}
	for i := range p.closing {
		sys(unix.SYS_CLOSE_RANGE, p.closing[i].from, p.closing[i].to, 0, 0, 0, 0)
	}
	sys(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, uintptr(unsafe.Pointer(&p.nofile)), 0, 0, 0)
	fd, _ := sys(unix.SYS_SIGNALFD4, ^uintptr(0), uintptr(unsafe.Pointer(&p.watched)), 8, unix.SFD_CLOEXEC|unix.SFD_NONBLOCK, 0, 0)
	p.polled[pollSignals] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	p.polled[pollControl] = unix.PollFd{Fd: int32(p.control), Events: unix.POLLIN}
}

// gate holds the init until the launcher lets it go, or is gone.
//
//go:norace
//go:nosplit
func (p *process) gate() {
	switch n := p.receive(); {
	case n > 0 && p.in[0] == msgGo:
	case n > 0:
		p.exit(0)
	default:
		p.outlive()
		p.exit(0)
	}
}

// outlive keeps the init for the moment in which systemd may be attaching it:
// the launcher was killed without a word. A process that dies while it is
// attached leaves a scope that was never populated, of which systemd hears no
// end, and keeps it (seen with 252). On cgroup v1 the attaching goes hierarchy
// by hierarchy and takes 10 ms: it is over when nothing has changed for 100.
// 140 times 5 ms are short of the second in which a killed run is gone.
//
//go:norace
//go:nosplit
func (p *process) outlive() {
	p.clock = unix.Timespec{Nsec: 5e6}
	for still := 0; still < 140; still++ {
		p.read(p.place, unsafe.Pointer(&p.now), unsafe.Sizeof(p.now))
		moved, moves := false, false
		for i := range p.now {
			moved = moved || p.now[i] != p.here[i]
			moves = moves || p.now[i] != p.text[i]
			p.text[i] = p.now[i]
		}
		switch {
		case moves && moved:
			still = 140 - 20
		case moves:
			still = 0
		}
		sys(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&p.clock)), 0, 0, 0, 0, 0)
	}
}

// perform makes prepared calls, the first that fails being the end.
//
//go:norace
//go:nosplit
func (p *process) perform(calls []call) {
	for i := 0; i < len(calls); i++ {
		c := &calls[i]
		if c.uses < noArgument {
			c.args[c.uses] = p.kept[c.from%registers]
		}
		r, errno := sys(c.trap, c.args[0], c.args[1], c.args[2], c.args[3], c.args[4], c.args[5])
		switch {
		case errno != 0 && errno == c.passing && c.tries > 0:
			c.tries--
			i -= c.back + 1
		case errno != 0 && errno != c.ignored:
			p.leave(c.failure, errno)
		case c.keeps:
			p.kept[c.to%registers] = r
		}
	}
}

// start begets the payload. The function's frame is the child's too.
//
//go:norace
//go:nosplit
//go:noinline
func (p *process) start() {
	pid, errno := vfork(unix.SYS_CLONE, p.flags, 0)
	if pid == 0 && errno == 0 {
		p.perform(p.own)
		p.execute()
	}
	if errno != 0 {
		p.leave(p.unborn, errno)
	}
	p.payload = int(pid)
}

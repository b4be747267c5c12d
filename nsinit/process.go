package nsinit

import (
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit/inherited"
)

// process is the init: a bare fork of the launcher, without an exec and so
// without a Go runtime of its own. That saves 1 to 2 ms, some 4 MiB and 5
// threads, and its one thread can block every signal and read them from a
// signalfd, which Go's cannot.
//
// All that it will ever need is made here, before the fork. Its own methods
// come after it: they are nosplit, of which the linker proves that they need
// less than 800 bytes of stack, and neither allocate nor write a pointer; they
// make system calls and exit.
type process struct {
	// Prepared outside.
	control  uintptr     // its end of the control socket
	closing  []span      // file descriptors that are none of its business
	nofile   unix.Rlimit // the caller's: Go has raised the launcher's own
	socket   *opening    // to be opened first; nil for none
	before   []call      // what the init does,
	files    *stage      // what it has done for it; nil for nothing
	after    []call      // what it does then,
	own      []call      // and the payload's process before its exec
	program  program     // the payload's
	flags    uintptr     // of the payload's clone
	unborn   telling     // the failure to clone it
	first    bool        // PID 1 of its namespace: the kernel kills what it leaves
	children *byte       // the file that lists them, of this PID namespace
	watched  uint64      // signals that it hears
	terminal uintptr     // the payload's own; 0 for none
	trace    bool        // its steps' times are told
	restore  bool        // the terminal's modes are
	place    *byte       // the file that names its cgroup
	held     []any       // what the above point to
	polled   [2]unix.PollFd

	// Its own.
	kept      [registers]uintptr // results of calls, for those after them
	payload   int                // PID, 0 before its start
	status    uint32             // the payload's end
	changed   bool               // a child has
	done      bool               // the payload has ended,
	gone      bool               // and all it left,
	told      bool               // and the launcher knows
	early     uint64             // signals that came before there was a payload
	grouped   [65]int64          // when a signal last came to the whole process group
	tty       int                // where modes were read; -1 for nowhere
	modes     unix.Termios
	action    [4]uintptr // struct sigaction
	clock     unix.Timespec
	info      siginfo
	in, out   [16]byte
	here, now [1024]byte // its cgroup
	text      [4096]byte
	stack     [stackSize]byte
}

// stackSize is twice what nosplit functions may take, with what they are
// entered by.
const stackSize = 2048

// span is a range of file descriptors, both ends included.
type span struct{ from, to uintptr }

// siginfo is struct signalfd_siginfo, 128 bytes.
type siginfo struct {
	signo, errno, code int32
	rest               [116]byte
}

const (
	pollSignals = iota
	pollControl
)

// newProcess prepares the init. mask is the caller's blocked signals, bit N-1
// for signal N. Errors: what cannot be said to the kernel, such as a NUL in an
// argument.
func newProcess(config *Config, clone Clone, control int, mask uint64) (*process, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	p := &process{
		control: uintptr(control), nofile: unix.Rlimit{Cur: inherited.Nofile.Soft, Max: inherited.Nofile.Hard}, tty: -1,
		first: clone.Flags&unix.CLONE_NEWPID != 0, flags: config.cloneFlags() | vforkFlags | uintptr(unix.SIGCHLD),
		watched: watched(), trace: config.Trace, restore: config.Restore,
		unborn: (&Failure{Step: StepExec, Object: config.Argv[0]}).telling(),
	}
	before, after, own, texts := config.before(), config.after(), config.payload(mask), calls{}
	p.before, p.after, p.own = before.list, after.list, own.list
	p.program = config.program(&texts)
	p.children, p.place = texts.text(clone.proc()+"/thread-self/children"), texts.text("/proc/self/cgroup")
	keep := append([]int{0, 1, 2, control}, config.PassFDs...)
	if len(config.Terminal.Stdio) > 0 {
		keep, p.terminal = append(keep, config.Terminal.FD), uintptr(config.Terminal.FD)
	}
	if config.Files.Given() {
		if err := p.prepareStage(config, &keep); err != nil {
			return nil, err
		}
	}
	p.closing = gaps(keep)
	for _, list := range []*calls{&before, &after, &own, &texts} {
		p.held = append(p.held, list.held)
		if list.err != nil {
			return nil, list.err
		}
	}
	return p, nil
}

// gaps are the ranges between file descriptors, and beyond the last.
func gaps(keep []int) (spans []span) {
	slices.Sort(keep)
	next := 0
	for _, fd := range keep {
		if fd > next {
			spans = append(spans, span{uintptr(next), uintptr(fd - 1)})
		}
		next = fd + 1
	}
	return append(spans, span{uintptr(next), uintptr(^uint32(0))})
}

// watched are the signals that the init hears: not those that its caller
// ignores, of which the payload hears nothing either.
func watched() uint64 {
	set := allSignals
	for n := syscall.Signal(1); n <= 64; n++ {
		if ignores(n) {
			set &^= bit(n)
		}
	}
	return set
}

func bit(n syscall.Signal) uint64 { return 1 << (n - 1) }

// live is called by enter alone, which is assembly.
var _ = live

// live is the init's life.
//
//go:norace
//go:nosplit
func live(p *process) {
	p.shed()
	p.mark(markBorn)
	if p.socket != nil {
		p.socket.open(p.control)
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
	p.start()
	if p.terminal != 0 { // to see its end, the launcher must be the last to have it open
		sys(unix.SYS_CLOSE, p.terminal, 0, 0, 0, 0, 0)
	}
	p.mark(markExecuted)
	p.send(msgStarted)
	p.serve()
}

// shed rids the init of what is the launcher's: handlers of signals, files,
// the limit on those.
//
//go:norace
//go:nosplit
func (p *process) shed() {
	const ignored = 1 // SIG_IGN; the default is 0
	for n := uintptr(1); n <= 64; n++ {
		sys(unix.SYS_RT_SIGACTION, n, 0, uintptr(unsafe.Pointer(&p.action)), 8, 0, 0)
		if p.action[0] != ignored {
			p.action = [4]uintptr{}
			sys(unix.SYS_RT_SIGACTION, n, uintptr(unsafe.Pointer(&p.action)), 0, 8, 0, 0)
		}
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
	for i := range calls {
		c := &calls[i]
		if c.uses < noArgument {
			c.args[c.uses] = p.kept[c.from%registers]
		}
		r, errno := sys(c.trap, c.args[0], c.args[1], c.args[2], c.args[3], c.args[4], c.args[5])
		switch {
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

// leave tells what went wrong, and ends.
//
//go:norace
//go:nosplit
func (p *process) leave(failure telling, errno syscall.Errno) {
	failure.tell(p.control, errno)
	p.exit(1)
}

//go:norace
//go:nosplit
func (p *process) exit(status uintptr) {
	for {
		sys(unix.SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0)
	}
}

// send sends a message without a body. One that fails means that the launcher
// is gone, which the next message says.
//
//go:norace
//go:nosplit
func (p *process) send(kind byte) {
	p.out[0] = kind
	p.flush(1)
}

//go:norace
//go:nosplit
func (p *process) sendNumber(kind byte, n uint64) {
	p.out[0] = kind
	p.number(n)
	p.flush(9)
}

//go:norace
//go:nosplit
func (p *process) mark(step byte) {
	if !p.trace {
		return
	}
	p.out[0], p.out[9] = msgMark, step
	p.number(uint64(p.time()))
	p.flush(10)
}

// number puts 8 bytes, little endian, into the message.
//
//go:norace
//go:nosplit
func (p *process) number(n uint64) {
	for i := range 8 {
		p.out[1+i] = byte(n >> (8 * i))
	}
}

//go:norace
//go:nosplit
func (p *process) flush(size uintptr) {
	sys(unix.SYS_SENDTO, p.control, uintptr(unsafe.Pointer(&p.out)), size, unix.MSG_NOSIGNAL, 0, 0)
}

// receive waits for a message, and returns its size; 0 where the launcher is
// gone.
//
//go:norace
//go:nosplit
func (p *process) receive() int {
	for {
		n, errno := sys(unix.SYS_READ, p.control, uintptr(unsafe.Pointer(&p.in)), unsafe.Sizeof(p.in), 0, 0, 0)
		switch errno {
		case 0:
			return int(n)
		case unix.EINTR, unix.EAGAIN:
		default:
			return 0
		}
	}
}

// time is CLOCK_MONOTONIC in nanoseconds.
//
//go:norace
//go:nosplit
func (p *process) time() int64 {
	sys(unix.SYS_CLOCK_GETTIME, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&p.clock)), 0, 0, 0, 0)
	return p.clock.Sec*1e9 + p.clock.Nsec
}

// read reads a small file; its size is 0 where it cannot.
//
//go:norace
//go:nosplit
func (p *process) read(path *byte, to unsafe.Pointer, size uintptr) uintptr {
	fd, errno := sys(unix.SYS_OPENAT, atCWD, uintptr(unsafe.Pointer(path)), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		return 0
	}
	n, errno := sys(unix.SYS_READ, fd, uintptr(to), size, 0, 0, 0)
	sys(unix.SYS_CLOSE, fd, 0, 0, 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return n
}

// ignores says whether this process ignores a signal: so does then the init,
// which inherits that.
func ignores(n syscall.Signal) bool {
	var action [4]uintptr
	sys(unix.SYS_RT_SIGACTION, uintptr(n), 0, uintptr(unsafe.Pointer(&action)), 8, 0, 0)
	return action[0] == 1
}

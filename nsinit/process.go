package nsinit

import (
	"cmp"
	"os"
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
	socket   *passing    // to be opened first; nil for none
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
	score    *byte       // the file of its oom_score_adj
	spared   *byte       // what is written there
	title    *byte       // the command line that it got from the launcher
	titled   uintptr     // its size
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
	tls       [2]uintptr
	stack     [stackSize]byte
}

// top is where the stack begins, which grows down: its process stands there,
// the argument of live.
func (p *process) top() uintptr {
	at := unsafe.Add(unsafe.Pointer(&p.stack), stackSize-32)
	at = unsafe.Pointer(uintptr(at) &^ 15)
	*(**process)(unsafe.Add(at, topArgument)) = p
	return uintptr(at)
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

// newProcess prepares the init. Errors: what cannot be said to the kernel, such
// as a NUL in an argument.
func newProcess(a *ark, config *Config, clone Clone, control int) (*process, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	mask, err := sigMask()
	if err != nil {
		return nil, err
	}
	socket, err := newPassing(a, clone.Connect, clone.Greeting)
	if err != nil {
		return nil, err
	}
	before, after, own, texts := config.before(a), config.after(a), config.payload(a, mask), &calls{ark: a}
	p := stow(a, process{
		control: uintptr(control), socket: socket, nofile: unix.Rlimit{Cur: inherited.Nofile.Soft, Max: inherited.Nofile.Hard}, tty: -1,
		first: clone.Flags&unix.CLONE_NEWPID != 0, flags: config.cloneFlags() | vforkFlags | uintptr(unix.SIGCHLD),
		watched: watched(), trace: config.Trace, restore: config.Restore,
		before: stowAll(a, before.list), after: stowAll(a, after.list), own: stowAll(a, own.list), program: config.program(texts),
		unborn:   a.telling(Failure{Step: StepExec, Object: config.Argv[0]}),
		children: a.text(clone.proc() + "/thread-self/children"), place: a.text("/proc/self/cgroup"),
		score: a.text("/proc/self/oom_score_adj"), spared: a.text(spared),
	})
	p.title, p.titled = commandLine(os.Args)
	keep := append([]int{0, 1, 2, control}, config.PassFDs...)
	if len(config.Terminal.Stdio) > 0 {
		keep, p.terminal = append(keep, config.Terminal.FD), uintptr(config.Terminal.FD)
	}
	if config.Files.Given() {
		if err := p.prepareStage(a, config, &keep); err != nil {
			return nil, err
		}
	}
	p.closing = stowAll(a, gaps(keep))
	return p, cmp.Or(before.err, after.err, own.err, texts.err)
}

// maxTitle is how much of a long command line is overwritten: a page.
const maxTitle = 4096

// commandLine is where the kernel put the arguments, one behind the other: it
// shows what stands there, in ps and systemctl status.
func commandLine(args []string) (start *byte, size uintptr) {
	last := args[len(args)-1]
	start = unsafe.StringData(args[0])
	end := uintptr(unsafe.Pointer(unsafe.StringData(last))) + uintptr(len(last))
	return start, min(end-uintptr(unsafe.Pointer(start)), maxTitle)
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

//go:norace
//go:nosplit
func bit(n syscall.Signal) uint64 { return 1 << (n - 1) }

// ignores says whether this process ignores a signal: so does then the init,
// which inherits that.
func ignores(n syscall.Signal) bool {
	var action [4]uintptr
	sys(unix.SYS_RT_SIGACTION, uintptr(n), 0, uintptr(unsafe.Pointer(&action)), 8, 0, 0)
	return action[0] == 1
}

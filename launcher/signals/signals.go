package signals

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// What the handler goes by and what it leaves: it is called by the kernel, which
// brings nothing along but the signal and who sent it.
var (
	shared   uint64       = runtimesOwn()
	own      int32        // this process
	wake     int32        // an eventfd, of the listener that came last
	one      uint64       = 1
	runtimes uintptr      // the Go runtime's handler
	counts   [last]uint32 // how often each signal came
	senders  [last]int32  // the PID that sent it last; 0 for the kernel

	over *Listener // what had come when no signal was passed on any more
)

var _, _ = shared, one // the handler's

// last is the last signal, and one more.
const last = 65

// runtimesOwn are the signals that the Go runtime's own threads may raise, and
// what comes of writing where nobody reads: bit N for signal N.
func runtimesOwn() (set uint64) {
	for _, s := range []syscall.Signal{
		syscall.SIGILL, syscall.SIGTRAP, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV,
		syscall.SIGSTKFLT, syscall.SIGSYS, syscall.SIGPIPE, syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPROF,
	} {
		set |= 1 << s
	}
	return set
}

// unheard cannot be: 33 is the runtime's, for its threads' sake (SIGSETXID).
const unheard = 1<<syscall.SIGKILL | 1<<syscall.SIGSTOP | 1<<33

// Ends are the signals by which people and machines end a program: here, what has not
// begun yet.
func Ends() []syscall.Signal {
	return []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT}
}

// Listener hears. One that is made later in the same process takes over.
type Listener struct {
	Came  <-chan struct{} // something has: Take tells what; closed by Close
	file  *os.File
	taken [last]uint32
}

// Heard is a signal, how often it came since the last time, and who sent it last.
type Heard struct {
	Signal syscall.Signal
	Times  uint32
	Sender int // PID; 0 for the kernel, such as a terminal
}

// Listen begins to hear, those too that the caller ignores, and unblocks all on
// the calling thread: what came since the program's entry is there at once. With
// each that comes first is called, by a goroutine of the listener's.
func Listen(first func(*Listener)) (*Listener, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("catching signals: %w", err)
	}
	came := make(chan struct{}, 1)
	l := &Listener{Came: came, file: os.NewFile(uintptr(fd), "signals"), taken: counts}
	atomic.StoreInt32(&wake, int32(fd))
	err = install()
	if err == nil && l.file.SetReadDeadline(time.Time{}) != nil {
		err = errors.New("epoll_ctl(2) failed, so nobody would be woken")
	}
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("catching signals: %w", err)
	}
	go l.read(first, came)
	return l, nil
}

// Close ends the listener; the handler goes on counting.
func (l *Listener) Close() {
	atomic.CompareAndSwapInt32(&wake, int32(l.file.Fd()), -1)
	l.file.Close()
}

func (l *Listener) read(first func(*Listener), came chan<- struct{}) {
	defer close(came)
	var count [8]byte
	for {
		if _, err := l.file.Read(count[:]); err != nil {
			return
		}
		first(l)
		select {
		case came <- struct{}{}:
		default: // it is known that something came
		}
	}
}

// Since is a listener that nothing wakes: Any tells what comes from now on.
func Since() *Listener { return &Listener{taken: counts} }

// Over is said when no signal is passed on any more: the payload has ended.
func Over() { over = Since() }

// SinceOver is a listener from then on, or from now where that was not said.
func SinceOver() *Listener {
	if over == nil {
		return Since()
	}
	return over
}

// Take returns what came since the last call.
func (l *Listener) Take() (heard []Heard) {
	for n := range l.taken {
		if now := atomic.LoadUint32(&counts[n]); now != l.taken[n] {
			heard = append(heard, Heard{syscall.Signal(n), now - l.taken[n], int(atomic.LoadInt32(&senders[n]))})
			l.taken[n] = now
		}
	}
	return heard
}

// Any says whether one of these has come, before the first Take.
func (l *Listener) Any(some []syscall.Signal) (syscall.Signal, bool) {
	for _, s := range some {
		if atomic.LoadUint32(&counts[s]) != l.taken[s] {
			return s, true
		}
	}
	return 0, false
}

func pcs() (handler, restorer uintptr)

// action is the kernel's struct sigaction on 64 bit.
type action struct{ handler, flags, restorer, mask uintptr }

// install sets the handler. A write to a broken pipe is an error from then on, and
// no more: Go would else end slimrun by it, where it is stdout's or stderr's.
func install() error {
	const saSiginfo, saOnStack, saRestart, saRestorer = 0x4, 0x08000000, 0x10000000, 0x04000000
	// As the runtime has it: its handler is not interrupted by another.
	ours := action{flags: saSiginfo | saOnStack | saRestart, mask: ^uintptr(0)}
	if ours.handler, ours.restorer = pcs(); ours.restorer != 0 {
		ours.flags |= saRestorer
	}
	if atomic.LoadInt32(&own) == 0 {
		atomic.StoreInt32(&own, int32(os.Getpid()))
		atomic.StoreUintptr(&runtimes, current(syscall.SIGSEGV).handler)
		signal.Ignore(syscall.SIGPIPE)
	}
	for s := syscall.Signal(1); s < last; s++ {
		if unheard&(1<<s) == 0 {
			set(s, &ours)
		}
	}
	return unix.PthreadSigmask(unix.SIG_SETMASK, &unix.Sigset_t{}, nil)
}

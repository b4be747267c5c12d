package launcher

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/verdict"
)

// signals are those that come to slimrun itself, each to be passed on to the
// payload as soon as there is one.
type signals chan os.Signal

// endsLaunch: before the payload is there to have its say, these end the run.
var endsLaunch = []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT}

// notOurs cannot be passed on: SIGCHLD and SIGURG come from slimrun's own
// children and runtime, SIGPROF and 32 to 34 are the runtime's and libc's.
var notOurs = []syscall.Signal{syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPROF, 32, 33, 34}

// faults are what the Go runtime's own threads may raise; those are its to
// handle, as is what comes of writing where nobody reads.
var faults = []syscall.Signal{
	syscall.SIGILL, syscall.SIGTRAP, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGSTKFLT,
	syscall.SIGSYS, syscall.SIGPIPE,
}

// catchSignals takes every signal that can be passed on, but leaves ignored
// what the caller ignores (nohup). Until release, those that end a launch end
// the context too, with themselves as the cause.
//
// They are taken by a handler of slimrun's own: signal.Notify takes two changes
// of thread for each, 1 to 2 ms for all, and a thread to wait for them.
func catchSignals(ctx context.Context) (_ context.Context, s signals, release func(), err error) {
	s = make(signals, 64)
	pipe, err := handle(caught())
	if err != nil {
		return ctx, nil, nil, fmt.Errorf("catching signals: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	launched := new(atomic.Bool)
	go s.read(pipe, launched, cancel)
	return ctx, s, func() { launched.Store(true) }, nil
}

// read takes the signals that the handler has written.
func (s signals) read(pipe *os.File, launched *atomic.Bool, end context.CancelCauseFunc) {
	var written [64]byte
	for {
		n, err := pipe.Read(written[:])
		if err != nil {
			return
		}
		for _, number := range written[:n] {
			caught := syscall.Signal(number)
			atomic.AndUint32(&pending, ^uint32(1<<number))
			if slices.Contains(endsLaunch, caught) && !launched.Load() {
				end(verdict.Interrupted{Signal: caught})
			}
			select {
			case s <- caught:
			default: // nobody listens: as with a signal that is pending already
			}
		}
	}
}

// caught are the signals that slimrun takes.
func caught() (set []syscall.Signal) {
	for n := syscall.Signal(1); n <= 64; n++ {
		if !slices.Contains(notOurs, n) && !signal.Ignored(n) {
			set = append(set, n)
		}
	}
	return set
}

// What the handlers go by: they are called by the kernel, which brings nothing
// along but the signal and who sent it.
var (
	handlerFD int32   // where they write the signal
	ownPID    int32   // whose signals are the runtime's, which gets the kernel's too:
	goHandler uintptr // its handler
	pending   uint32  // bit N: signal N, below 32, is written and not yet read: a
	// background read of the terminal raises SIGTTIN again and again
)

func handlerPCs() (handler, fault, restorer uintptr)

// kernelSigaction is the kernel's struct sigaction on 64 bit.
type kernelSigaction struct{ handler, flags, restorer, mask uintptr }

// handle has the handlers take signals, and returns what reads them. A write to
// a broken pipe is an error from then on, and no more.
func handle(set []syscall.Signal) (*os.File, error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, err
	}
	const saSiginfo, saOnStack, saRestart, saRestorer = 0x4, 0x08000000, 0x10000000, 0x04000000
	var own, fault, runtimes kernelSigaction
	sigaction(syscall.SIGSEGV, nil, &runtimes)
	atomic.StoreInt32(&handlerFD, int32(ends[1]))
	atomic.StoreInt32(&ownPID, int32(os.Getpid()))
	atomic.StoreUintptr(&goHandler, runtimes.handler)
	own.flags, fault = saSiginfo|saOnStack|saRestart, runtimes
	if own.handler, fault.handler, own.restorer = handlerPCs(); own.restorer != 0 {
		own.flags |= saRestorer
	}
	if slices.Contains(set, syscall.SIGPIPE) {
		signal.Ignore(syscall.SIGPIPE) // else the runtime ends by a write to stdout or stderr that fails
	}
	for _, n := range set {
		action := &own
		if slices.Contains(faults, n) {
			action = &fault
		}
		sigaction(n, action, nil)
	}
	return os.NewFile(uintptr(ends[0]), "signals"), nil
}

// stopSelf stops slimrun by the signal that stopped its payload, so that the
// shell sees one job. The signal goes to this very thread: the stop takes place
// before the call returns. In an orphaned process group the kernel drops it, and
// slimrun goes on waiting.
//
// It is raised while it is blocked, before its action is the default one: where
// a terminal's own then stops slimrun first (a background read raises SIGTTIN
// without end), the SIGCONT that ends that stop takes this one away too. Raised
// afterwards it would be a second stop.
func stopSelf(by syscall.Signal) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if by == syscall.SIGSTOP {
		unix.Tgkill(os.Getpid(), unix.Gettid(), by)
		return
	}
	var set, mask unix.Sigset_t
	set.Val[0] = 1 << (by - 1)
	unix.PthreadSigmask(unix.SIG_BLOCK, &set, &mask)
	unix.Tgkill(os.Getpid(), unix.Gettid(), by)
	var deflt, ours kernelSigaction
	sigaction(by, &deflt, &ours)
	unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil)
	sigaction(by, &ours, nil)
}

func sigaction(s syscall.Signal, action, old *kernelSigaction) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(action)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
}

// defaultStops lets the stop signals stop slimrun by itself again: its last
// words may meet a terminal that stops background writers.
func defaultStops() {
	for _, s := range []syscall.Signal{syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU} {
		sigaction(s, &kernelSigaction{}, nil)
	}
}

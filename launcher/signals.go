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
)

// signals are those that come to slimrun itself, each to be passed on to the
// payload as soon as there is one.
type signals chan os.Signal

// endsLaunch: before the payload is there to have its say, these end the run.
var endsLaunch = []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT}

// notOurs cannot be passed on: SIGCHLD and SIGURG come from slimrun's own
// children and runtime, SIGPROF and 32 to 34 are the runtime's and libc's.
var notOurs = []syscall.Signal{syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPROF, 32, 33, 34}

// goes are those that the Go runtime must handle: its own faults' and, for what
// is written to a pipe that nobody reads, SIGPIPE.
var goes = []os.Signal{
	syscall.SIGILL, syscall.SIGTRAP, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGSTKFLT,
	syscall.SIGSYS, syscall.SIGPIPE,
}

// catchSignals takes every signal that can be passed on, but leaves ignored
// what the caller ignores (nohup). Until release, those that end a launch end
// the context too, with themselves as the cause.
//
// Most are taken by a handler of slimrun's own: signal.Notify takes two changes
// of thread for each, 1 to 2 ms for all. The few that must be Go's are taken
// beside the launch; caught is closed then.
func catchSignals(ctx context.Context) (_ context.Context, s signals, caught <-chan struct{}, release func(), err error) {
	s = make(signals, 128)
	pipe, err := handle(own())
	if err != nil {
		return ctx, nil, nil, nil, fmt.Errorf("catching signals: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	launched := new(atomic.Bool)
	go s.read(pipe, launched, cancel)
	all := make(chan struct{})
	go func() {
		defer close(all)
		signal.Notify(s, goes...)
	}()
	return ctx, s, all, func() { launched.Store(true) }, nil
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
			if slices.Contains(endsLaunch, caught) && !launched.Load() {
				end(interrupted{caught})
			}
			select {
			case s <- caught:
			default: // nobody listens: as with a signal that is pending already
			}
		}
	}
}

// own are the signals that slimrun's own handler takes.
func own() (own []syscall.Signal) {
	for n := syscall.Signal(1); n <= 64; n++ {
		if !slices.Contains(notOurs, n) && !slices.Contains(goes, os.Signal(n)) && !signal.Ignored(n) {
			own = append(own, n)
		}
	}
	return own
}

// handlerFD is where the handler writes: it is called by the kernel, which
// brings nothing along but the number.
var handlerFD int32

func handlerPCs() (handler, restorer uintptr)

// kernelSigaction is the kernel's struct sigaction on 64 bit.
type kernelSigaction struct{ handler, flags, restorer, mask uintptr }

// handle has the handler take signals, and returns what reads them.
func handle(set []syscall.Signal) (*os.File, error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, err
	}
	atomic.StoreInt32(&handlerFD, int32(ends[1]))
	const saOnStack, saRestart, saRestorer = 0x08000000, 0x10000000, 0x04000000
	action := kernelSigaction{flags: saOnStack | saRestart}
	if action.handler, action.restorer = handlerPCs(); action.restorer != 0 {
		action.flags |= saRestorer
	}
	for _, n := range set {
		sigaction(n, &action, nil)
	}
	return os.NewFile(uintptr(ends[0]), "signals"), nil
}

// stopSelf stops slimrun by the signal that stopped its payload, so that the
// shell sees one job. The signal goes to this very thread: the stop takes place
// before the call returns. In an orphaned process group the kernel drops it, and
// slimrun goes on waiting.
func stopSelf(by syscall.Signal) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var deflt, ours kernelSigaction
	if by != syscall.SIGSTOP {
		sigaction(by, &deflt, &ours)
		defer sigaction(by, &ours, nil)
	}
	unix.Tgkill(os.Getpid(), unix.Gettid(), by)
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

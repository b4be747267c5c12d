package launcher

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// signals are those that come to slimrun itself, each to be passed on to the
// payload as soon as there is one.
type signals chan os.Signal

// endsLaunch: before the payload is there to have its say, these end the run.
var endsLaunch = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT}

// notOurs cannot be passed on: SIGCHLD and SIGURG come from slimrun's own
// children and runtime, SIGPROF and 32 to 34 are the runtime's and libc's.
var notOurs = []syscall.Signal{syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPROF, 32, 33, 34}

// catchSignals takes every signal that can be passed on, but leaves ignored
// what the caller ignores (nohup).
//
// The runtime takes them one by one, 1 to 2 ms in all: beside the launch, but
// before there is a payload; caught is closed then. Those that end a launch
// come first, and go to early too.
func catchSignals(early chan<- os.Signal) (s signals, caught <-chan struct{}) {
	s = make(signals, 128)
	all := make(chan struct{})
	go func() {
		defer close(all)
		signal.Notify(early, notIgnored(endsLaunch)...)
		signal.Notify(s, catchable()...)
	}()
	return s, all
}

func notIgnored(set []os.Signal) []os.Signal {
	return slices.DeleteFunc(slices.Clone(set), signal.Ignored)
}

// endedBySignal is a context that an early signal ends with itself as the
// cause, until release.
func endedBySignal(ctx context.Context, early chan os.Signal) (_ context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-early:
			cancel(interrupted{s.(syscall.Signal)})
		case <-done:
		}
	}()
	return ctx, sync.OnceFunc(func() { signal.Stop(early); close(done) })
}

func catchable() []os.Signal {
	var catch []os.Signal
	for n := syscall.Signal(1); n <= 64; n++ {
		if !slices.Contains(notOurs, n) && !signal.Ignored(n) {
			catch = append(catch, n)
		}
	}
	return catch
}

// kernelSigaction is the kernel's struct sigaction on 64 bit.
type kernelSigaction struct{ handler, flags, restorer, mask uintptr }

// stopSelf stops slimrun by the signal that stopped its payload, so that the
// shell sees one job. signal.Reset would not do: after a Notify the Go runtime
// keeps its handler for the stop signals, and drops them. The signal goes to
// this very thread: the stop takes place before the call returns. In an
// orphaned process group the kernel drops it, and slimrun goes on waiting.
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

package nsinit

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// StageInit is the held child's argv[0]: main runs Stage on seeing it.
const StageInit = "slimrun-init"

// controlFD is the child's end of the socket pair; fds handed over follow it.
const controlFD = 3

// Clone says how the held child is born.
type Clone struct {
	Flags     uintptr        // CLONE_NEW*
	UserNS    *UserNamespace // nil: the caller's
	PIDParent *os.File       // PID namespace to be born in or below; nil: the caller's
	Cgroup    *os.File       // cgroup v2 to be born in; nil: the caller's
	PassFDs   []int          // inherited fds that the payload gets
	Connect   string         // unix socket that the first stage opens and sends here; "" for none

	connectOnly bool // the first stage is the last
}

// UserNamespace maps ids; Caps are kept over the exec of the child itself,
// which without uid 0 inside would lose them.
type UserNamespace struct {
	UID, GID []syscall.SysProcIDMap
	Caps     []uintptr
	Late     bool // the launcher maps the ids by itself once the child is ready
}

// EveryCapability is for a child whose set-up takes more than mounts: it has
// them in its own user namespace alone.
func EveryCapability() (caps []uintptr) {
	for n := range uintptr(unix.CAP_LAST_CAP + 1) {
		caps = append(caps, n)
	}
	return caps
}

// Held is a child waiting at its gate, and later the run's init.
type Held struct {
	SigMask uint64          // the caller's blocked signals
	Events  <-chan Event    // closed at the end of the stream
	Done    <-chan WaitDone // one value: the child's end
	control *os.File
	pidfd   int // so that Kill never meets a reused PID; -1 before Ready
}

// WaitDone is how the child itself ended.
type WaitDone struct {
	Status syscall.WaitStatus
	Rusage syscall.Rusage
}

// Hold clones the child. It stays at its gate until Go, and ends with the
// caller's process, whatever befalls that.
func Hold(clone Clone) (*Held, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("making the control socket: %w", err)
	}
	if err := errors.Join(unix.SetNonblock(pair[0], true), unix.SetsockoptInt(pair[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1)); err != nil {
		return nil, fmt.Errorf("making the control socket: %w", err)
	}
	control := os.NewFile(uintptr(pair[0]), "control socket")
	born := make(chan birth, 1)
	done := make(chan WaitDone, 1)
	go keep(clone, pair[1], born, done)
	b := <-born
	unix.Close(pair[1])
	if b.err != nil {
		control.Close()
		return nil, b.err
	}
	events := make(chan Event, 16)
	go listen(&credentials{file: control}, events)
	return &Held{SigMask: b.mask, Events: events, Done: done, control: control, pidfd: -1}, nil
}

type birth struct {
	pid  int
	mask uint64
	err  error
}

// keep clones the child and waits for it on one thread: the child's death
// signal follows the thread that made it, and so does setns of its PID
// namespace. The thread ends with this goroutine.
func keep(clone Clone, control int, born chan<- birth, done chan<- WaitDone) {
	runtime.LockOSThread()
	b := spawn(clone, control)
	born <- b
	if b.err != nil {
		return
	}
	end := wait(b.pid)
	if clone.hatches() && !clone.connectOnly && end.Status.ExitStatus() == 0 {
		// Any child of this thread: the init is the only one.
		end = wait(-1)
	}
	done <- end
}

func wait(pid int) (end WaitDone) {
	for {
		_, err := syscall.Wait4(pid, &end.Status, unix.WNOTHREAD, &end.Rusage)
		if err != syscall.EINTR {
			return end
		}
	}
}

// spawn starts the child with all signals blocked, so that none ends it
// before it can tell; it reads them from a signalfd.
func spawn(clone Clone, control int) (b birth) {
	if clone.PIDParent != nil {
		if err := unix.Setns(int(clone.PIDParent.Fd()), unix.CLONE_NEWPID); err != nil {
			b.err = fmt.Errorf("entering the manager's PID namespace: %w", err)
			return b
		}
	}
	if b.mask, b.err = setSigMask(allSignals); b.err != nil {
		return b
	}
	defer setSigMask(b.mask)
	if clone.attended() {
		b.pid, b.err = deliver(clone, control)
	} else {
		b.pid, b.err = launchStage(clone, control)
	}
	if b.err != nil {
		b.err = fmt.Errorf("cloning the held child: %w", b.err)
	}
	return b
}

// launchStage starts the init, or the hatch that will.
func launchStage(clone Clone, control int) (int, error) {
	return syscall.ForkExec("/proc/self/exe", clone.argv(), &syscall.ProcAttr{
		Env: runtimeEnv, Files: childFiles(control, clone.PassFDs), Sys: attributes(clone),
	})
}

// runtimeEnv is the init's own environment, never the payload's: it serves
// and reaps, on a thread each, and a heap this small is not worth collecting.
var runtimeEnv = []string{"GOMAXPROCS=2", "GOGC=off"}

func childFiles(control int, pass []int) []uintptr {
	files := []uintptr{0, 1, 2, uintptr(control)}
	for _, fd := range pass {
		files = append(files, uintptr(fd))
	}
	return files
}

func attributes(clone Clone) *syscall.SysProcAttr {
	sys := &syscall.SysProcAttr{Cloneflags: clone.Flags}
	if clone.Cgroup != nil {
		sys.UseCgroupFD, sys.CgroupFD = true, int(clone.Cgroup.Fd())
	}
	if clone.hatches() {
		sys.Cloneflags = 0 // they are the init's, and so is its user namespace
		return sys
	}
	if ns := clone.UserNS; ns != nil {
		sys.Cloneflags |= unix.CLONE_NEWUSER
		sys.AmbientCaps = ns.Caps
		if !ns.Late {
			sys.UidMappings, sys.GidMappings = ns.UID, ns.GID
		}
	}
	return sys
}

// Go lets the child go on into its namespaces and to the payload.
func (h *Held) Go(config *Config) error {
	if err := h.send(msgGo, config.encode()); err != nil {
		return fmt.Errorf("letting the held child go: %w", err)
	}
	return nil
}

// Signal has the init pass a signal on to the payload: not, where the whole
// process group got it and the payload is still of that group.
// typed says that it may come from a terminal, whose signals are the group's.
func (h *Held) Signal(signal syscall.Signal, typed bool) error {
	return h.send(msgSignal, encodeSignal(signal, typed))
}

// Release lets the init end, after the figures have been read.
func (h *Held) Release() error { return h.send(msgRelease, nil) }

// Foreground has the init make the payload's process group the terminal's
// foreground one, where it has a group of its own (an interactive shell).
func (h *Held) Foreground() error { return h.send(msgForeground, nil) }

// Kill ends the child, and by the kernel all inside. Before it is ready the
// end of its control socket does so.
func (h *Held) Kill() {
	h.Release() // at the gate too: without a word the child would wait for systemd
	h.control.Close()
	if h.pidfd >= 0 {
		unix.PidfdSendSignal(h.pidfd, unix.SIGKILL, nil, 0)
	}
}

// send writes without SIGPIPE: slimrun would pass its own on to the payload.
func (h *Held) send(kind byte, body []byte) error {
	raw, err := h.control.SyscallConn()
	if err != nil {
		return err
	}
	rest := appendFrame(nil, kind, body)
	err2 := raw.Write(func(fd uintptr) (done bool) {
		for len(rest) > 0 && err == nil {
			var n int
			n, err = unix.SendmsgN(int(fd), rest, nil, nil, unix.MSG_NOSIGNAL)
			rest = rest[max(n, 0):]
		}
		if again := err == syscall.EAGAIN || err == syscall.EINTR; again {
			err = nil
			return false
		}
		return true
	})
	return errors.Join(err, err2)
}

// Watch takes a pidfd of the child, whose PID came with Ready.
func (h *Held) Watch(pid int) (err error) {
	h.pidfd, err = unix.PidfdOpen(pid, 0)
	if err != nil {
		return fmt.Errorf("opening a pidfd of process %d (kernel 5.3 can): %w", pid, err)
	}
	return nil
}

package nsinit

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Clone says how the held child is born.
type Clone struct {
	Flags     uintptr  // CLONE_NEW*; a user namespace's ids are the launcher's to map
	PIDParent *os.File // PID namespace to be born in or below; nil: the caller's
	Cgroup    *os.File // cgroup v2 to be born in; nil: the caller's
	Connect   string   // unix socket that the child opens and sends here; "" for none
	Greeting  string   // what it says there at once
	Proc      string   // a mount of /proc that shows PIDParent; "" for /proc
}

func (c Clone) proc() string {
	if c.Proc == "" {
		return "/proc"
	}
	return c.Proc
}

// Held is a child waiting at its gate, and later the run's init.
type Held struct {
	PID     int             // in PIDParent; here it comes with Ready
	Events  <-chan Event    // closed at the end of the socket
	Done    <-chan WaitDone // one value: the child's end
	control *os.File
	pidfd   int // so that Kill never meets a reused PID; -1 before Watch
	midwife int // PID, to be buried; 0 for none
	done    chan<- WaitDone
}

// WaitDone is how the child itself ended.
type WaitDone struct {
	Status syscall.WaitStatus
	Rusage syscall.Rusage
}

// Hold forks the child, with all that it is to do. It stays at its gate until
// Go, and ends with the caller's process, whatever befalls that.
func Hold(clone Clone, config *Config) (*Held, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("making the control socket: %w", err)
	}
	defer unix.Close(pair[1])
	err = errors.Join(unix.SetsockoptInt(pair[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1), unix.SetNonblock(pair[0], true))
	control := os.NewFile(uintptr(pair[0]), "control socket")
	if err != nil {
		control.Close()
		return nil, fmt.Errorf("making the control socket: %w", err)
	}
	b, err := newBirth(clone, config, pair[1])
	if err == nil {
		leaveHeap()
		err = b.happen(clone.PIDParent)
	}
	if err != nil {
		control.Close()
		return nil, err
	}
	events, done := make(chan Event, 16), make(chan WaitDone, 1)
	go listen(&credentials{file: control}, events)
	h := &Held{PID: int(b.born), Events: events, Done: done, control: control, pidfd: -1, done: done}
	if clone.PIDParent != nil {
		h.PID, h.midwife = int(b.inner), int(b.born)
	}
	if b.failed != 0 {
		control.Close()
		h.bury()
		return nil, fmt.Errorf("cloning the held child: %w", b.failed)
	}
	return h, nil
}

func wait(pid int) (end WaitDone) {
	for {
		_, err := syscall.Wait4(pid, &end.Status, 0, &end.Rusage)
		if err != syscall.EINTR {
			return end
		}
	}
}

func newBirth(clone Clone, config *Config, control int) (*birth, error) {
	a := &ark{}
	p, err := newProcess(a, config, clone, control)
	if err != nil {
		return nil, err
	}
	b := &birth{flags: clone.Flags | unix.CLONE_SETTLS | uintptr(unix.SIGCHLD), stack: p.top(), tls: uintptr(unsafe.Pointer(&p.tls[1]))}
	if clone.PIDParent == nil {
		return b, nil
	}
	b.midwife.flags, b.midwife.exitSignal = uint64(vforkFlags), uint64(unix.SIGCHLD)
	if clone.Cgroup != nil {
		b.midwife.flags |= unix.CLONE_INTO_CGROUP
		b.midwife.cgroup = uint64(clone.Cgroup.Fd())
	}
	return b, nil
}

// Go lets the child go on into its namespaces and to the payload.
func (h *Held) Go() error {
	if err := h.send(msgGo); err != nil {
		return fmt.Errorf("letting the held child go: %w", err)
	}
	return nil
}

// Signal has the init pass a signal on to the payload: not, where the whole
// process group got it and the payload is still of that group.
func (h *Held) Signal(signal syscall.Signal) error { return h.send(msgSignal, byte(signal)) }

// Release lets the init end, after the figures have been read.
func (h *Held) Release() error { return h.send(msgRelease) }

// Foreground has the init make the payload's process group the terminal's
// foreground one, where it has a group of its own (an interactive shell).
func (h *Held) Foreground() error { return h.send(msgForeground) }

// Kill ends the child, and by the kernel all inside. Before it is watched the
// end of its control socket does so.
func (h *Held) Kill() {
	h.Release() // at the gate too: without a word the child would wait for systemd
	h.control.Close()
	if h.pidfd >= 0 {
		unix.PidfdSendSignal(h.pidfd, unix.SIGKILL, nil, 0)
		return
	}
	go func() {
		h.bury()
		h.done <- wait(-1) // this process has no other child so early
	}()
}

// bury reaps the midwife, who is dead by now or about to be.
func (h *Held) bury() {
	if h.midwife != 0 {
		wait(h.midwife)
		h.midwife = 0
	}
}

// send writes without SIGPIPE: slimrun would pass its own on to the payload.
func (h *Held) send(message ...byte) error {
	raw, err := h.control.SyscallConn()
	if err != nil {
		return err
	}
	err2 := raw.Write(func(fd uintptr) (done bool) {
		_, err = unix.SendmsgN(int(fd), message, nil, nil, unix.MSG_NOSIGNAL)
		return err != syscall.EAGAIN && err != syscall.EINTR
	})
	return errors.Join(err, err2)
}

// Watch takes a pidfd of the child, whose PID came with Ready, and waits by it.
func (h *Held) Watch(pid int) error {
	h.bury()
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return fmt.Errorf("opening a pidfd of process %d (kernel 5.10 can): %w", pid, err)
	}
	file := os.NewFile(uintptr(fd), "pidfd")
	raw, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return fmt.Errorf("watching process %d: %w", pid, err)
	}
	h.pidfd = fd
	go func() {
		defer file.Close()
		h.done <- await(raw, pid)
	}()
	return nil
}

// await waits for a child by its pidfd, which becomes readable with its end.
func await(raw syscall.RawConn, pid int) (end WaitDone) {
	err := raw.Read(func(uintptr) bool {
		dead, err := syscall.Wait4(pid, &end.Status, syscall.WNOHANG, &end.Rusage)
		return dead == pid || err != nil && err != syscall.EINTR
	})
	if err != nil { // it cannot be polled
		return wait(pid)
	}
	return end
}

// Now is CLOCK_MONOTONIC in nanoseconds: one clock for all processes here.
func Now() int64 {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return ts.Nano()
}

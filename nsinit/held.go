package nsinit

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit/inside"
)

// Held is a child waiting at its gate, and later the run's init.
type Held struct {
	PID     int             // in PIDParent; here it comes with Ready
	Events  <-chan Event    // closed at the end of the socket
	Done    <-chan WaitDone // one value: the child's end
	control *os.File
	pidfd   int // so that Kill never meets a reused PID; -1 before Watch
	helper  int // PID, to be waited for; 0 for none
	score   *score
	deaf    <-chan struct{}
	done    chan<- WaitDone

	mu   sync.Mutex
	gone bool // the block is no longer mapped
}

// WaitDone is how the child itself ended.
type WaitDone struct {
	Status syscall.WaitStatus
	Rusage syscall.Rusage
}

// newHeld is the child that was cloned, or its end where something failed when it was born.
func newHeld(control *os.File, s *inside.Spawn, helped bool, asked Setting) (*Held, error) {
	events, deaf, done := make(chan Event, 16), make(chan struct{}), make(chan WaitDone, 1)
	h := &Held{
		PID:     int(s.PID),
		Events:  events,
		Done:    done,
		control: control,
		pidfd:   -1,
		deaf:    deaf,
		done:    done,
		score:   &score{asked: asked},
	}
	if helped {
		h.PID, h.helper = int(s.Inner), int(s.PID)
	}
	if s.Failed != 0 {
		control.Close()
		h.reapHelper()
		unmap()
		return nil, fmt.Errorf("cloning the held child: %w", s.Failed)
	}
	go func() {
		defer close(deaf)
		listen(&credentials{file: control}, events)
	}()
	if err := problemOf(s); err != nil {
		h.Kill()
		<-h.Done
		return nil, err
	}
	return h, nil
}

// Go lets the child go on into its namespaces and to the payload.
func (h *Held) Go() error {
	if err := h.score.lend(); err != nil {
		return err
	}
	if err := h.tell(func(b *inside.Block) { b.Order.Store(inside.OrderGo) }); err != nil {
		return fmt.Errorf("letting the held child go: %w", err)
	}
	return nil
}

// Signal has the init pass a signal on to the payload so many times: not, where
// the whole process group got it and the payload is still of that group. Within
// says that a process of the run itself sent it.
func (h *Held) Signal(signal syscall.Signal, times uint32, within bool) error {
	sender := inside.Outside
	if within {
		sender = inside.Within
	}
	return h.tell(func(b *inside.Block) { b.Heard[sender][signal].Add(times) })
}

// Spare keeps the kernel from killing the init with its scope for memory, as far
// as the launcher may (score), once the payload is there.
func (h *Held) Spare() { h.score.spare() }

// Release lets the init end, after the figures have been read.
func (h *Held) Release() error {
	return h.tell(func(b *inside.Block) { b.Order.Store(inside.OrderRelease) })
}

// Foreground has the init make the payload's process group the terminal's
// foreground one, where it has a group of its own (an interactive shell).
func (h *Held) Foreground() error {
	return h.tell(func(b *inside.Block) { b.Front.Add(1) })
}

var errGone = errors.New("the init is gone")

// tell changes the block, and has the init look.
func (h *Held) tell(change func(*inside.Block)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gone {
		return errGone
	}
	change(inside.Here())
	return h.look()
}

const (
	lookAgain = 10 * time.Millisecond
	looks     = 100
)

// look sends a byte that says "look", without waiting for room: where there is
// none the init has a byte to read already. Anything else that stands in the way
// is tried again for a second: the kernel may be short of memory. It sends no
// SIGPIPE, which slimrun would pass on to the payload.
func (h *Held) look() (err error) {
	for range looks {
		raw, rawErr := h.control.SyscallConn()
		if rawErr != nil {
			return rawErr
		}
		rawErr = raw.Control(func(fd uintptr) {
			_, err = unix.SendmsgN(int(fd), []byte{0}, nil, nil, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
		})
		switch {
		case rawErr != nil:
			return rawErr
		case err == nil, err == unix.EAGAIN:
			return nil
		case err == unix.EPIPE, err == unix.ECONNRESET:
			return err
		}
		time.Sleep(lookAgain)
	}
	return err
}

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
		h.reapHelper()
		h.ended(wait(-1)) // this process has no other child so early
	}()
}

// ended lets go of the block, once nobody looks at it any more.
func (h *Held) ended(end WaitDone) {
	// All its words are in the block. Whoever else may have its end of the socket is not
	// waited for.
	_ = h.control.SetReadDeadline(time.Now())
	<-h.deaf
	h.mu.Lock()
	h.gone = true
	unmap()
	h.mu.Unlock()
	h.done <- end
}

// reapHelper waits for the helper, who is dead by now or about to be.
func (h *Held) reapHelper() {
	if h.helper != 0 {
		wait(h.helper)
		h.helper = 0
	}
}

// Watch takes a pidfd of the child, whose PID came with Ready, and waits by it.
func (h *Held) Watch(pid int) error {
	h.reapHelper()
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
	h.score.open(pid)
	go func() {
		defer file.Close()
		h.ended(await(raw, pid))
	}()
	return nil
}

// await waits for a child by its pidfd, which becomes readable with its end.
func await(raw syscall.RawConn, pid int) (end WaitDone) {
	err := raw.Read(func(uintptr) bool {
		for {
			dead, err := syscall.Wait4(pid, &end.Status, syscall.WNOHANG, &end.Rusage)
			if err != syscall.EINTR { // tried again here: the poller tells of the end once
				return dead == pid || err != nil
			}
		}
	})
	if err != nil { // it cannot be polled
		return wait(pid)
	}
	return end
}

package target

import (
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrFilter: its seccomp filters cannot be had, and without them another process would
// have more than it has.
var ErrFilter = errors.New("its seccomp filter cannot be read")

const (
	strict = 1 // seccomp modes of /proc/PID/status
	filter = 2

	getFilter  = 0x420c // PTRACE_SECCOMP_GET_FILTER, Linux 4.4
	stopWithin = 5 * time.Second
)

// filters reads the programs. The process is stopped for that moment, unseen by its
// parent, and one that is traced already cannot be asked. It takes root, without a
// filter of the caller's own, and CONFIG_CHECKPOINT_RESTORE.
func (t *Target) filters() (programs [][]byte, err error) {
	switch t.mode {
	case 0:
		return nil, nil
	case strict:
		return nil, errors.New("it may make no system call but four (strict seccomp), and nothing beside it either")
	}
	// A thread's own: it ends with this function, and so does the tracing, whatever
	// happens.
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		programs, err = t.trace()
	}()
	<-done
	if err == nil && len(programs) != t.Status.filters {
		err = errChanges
	}
	return programs, err
}

// trace stops the process, reads its programs, and lets it go on, on this thread.
func (t *Target) trace() ([][]byte, error) {
	if err := unix.PtraceSeize(t.PID); err != nil {
		return nil, fmt.Errorf("%w: tracing it: %w", ErrFilter, err)
	}
	if err := unix.PtraceInterrupt(t.PID); err != nil {
		return nil, fmt.Errorf("%w: stopping it: %w", ErrFilter, err)
	}
	signal, err := awaitStop(t.PID)
	if err != nil {
		return nil, fmt.Errorf("%w: stopping it: %w", ErrFilter, err)
	}
	defer unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_DETACH, uintptr(t.PID), 0, uintptr(signal), 0, 0)
	var programs [][]byte
	for n := range t.Status.filters {
		program, err := filterOf(t.PID, n)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFilter, err)
		}
		programs = append(programs, program)
	}
	return programs, nil
}

// awaitStop waits for the stop. A signal that came at that moment must be sent on.
func awaitStop(pid int) (unix.Signal, error) {
	for end := time.Now().Add(stopWithin); time.Now().Before(end); time.Sleep(time.Millisecond) {
		var status unix.WaitStatus
		stopped, err := unix.Wait4(pid, &status, unix.WNOHANG|unix.WALL, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case stopped == pid && status.Stopped() && int(status)>>16 == unix.PTRACE_EVENT_STOP:
			return 0, nil
		case stopped == pid && status.Stopped():
			return status.StopSignal(), nil
		case stopped == pid:
			return 0, unix.ESRCH
		}
	}
	return 0, errors.New("it hangs in the kernel")
}

// filterOf reads one program, the oldest being number 0: its length first.
func filterOf(pid, n int) ([]byte, error) {
	length, _, errno := unix.Syscall6(unix.SYS_PTRACE, getFilter, uintptr(pid), uintptr(n), 0, 0, 0)
	if errno != 0 {
		return nil, errno
	}
	if length == 0 {
		return nil, unix.EINVAL
	}
	program := make([]byte, length*unix.SizeofSockFilter)
	_, _, errno = unix.Syscall6(unix.SYS_PTRACE, getFilter, uintptr(pid), uintptr(n),
		uintptr(unsafe.Pointer(&program[0])), 0, 0)
	if errno != 0 {
		return nil, errno
	}
	return program, nil
}

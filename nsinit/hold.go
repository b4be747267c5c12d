package nsinit

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit/inside"
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

// Hold clones the child, with all that it is to do. It stays at its gate until
// Go, and ends with the caller's process, whatever befalls that. One process
// holds one child at a time. Errors: what Config cannot mean, the kernel's.
func Hold(clone Clone, config *Config) (*Held, error) {
	switch caller := inside.TheCaller(); {
	case !caller.Known:
		return nil, errors.New("this program was not started by its own entry: inside.Restart comes first")
	case caller.Errno != 0:
		return nil, fmt.Errorf("noting the caller's limits: %w", caller.Errno)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("making the control socket: %w", err)
	}
	defer unix.Close(pair[1])
	err = errors.Join(
		unix.SetsockoptInt(pair[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1),
		unix.SetNonblock(pair[0], true))
	control := os.NewFile(uintptr(pair[0]), "control socket")
	if err == nil && control.SetReadDeadline(time.Time{}) != nil {
		err = errors.New("epoll_ctl(2) failed, so nobody would hear the child's words")
	}
	if err != nil {
		control.Close()
		return nil, fmt.Errorf("making the control socket: %w", err)
	}
	s, err := spawn(clone, config, pair[1])
	if err != nil {
		control.Close()
		return nil, err
	}
	return newHeld(control, s, clone.PIDParent != nil, config.Attributes.OOMScoreAdj)
}

// spawn writes down what the child is to do, and clones it. The block stays
// mapped if that succeeds.
func spawn(clone Clone, config *Config, control int) (*inside.Spawn, error) {
	if config.Join != nil {
		program, err := inside.Sealed()
		if err != nil {
			return nil, err
		}
		defer program.Close() // the child has it
		config.program = inside.Descriptor(program)
	}
	a, err := newArena()
	if err != nil {
		return nil, err
	}
	defer a.close()
	err = config.fill(a, clone, control)
	defer closeAll(inside.Here().Tasks.FilesFD, inside.Here().Tasks.Children) // the child has them
	s := &inside.Spawn{Flags: clone.Flags, Namespace: inside.None}
	if clone.PIDParent != nil {
		s.Helper.Flags, s.Helper.ExitSignal = inside.HelperFlags, uint64(unix.SIGCHLD)
		if clone.Cgroup != nil {
			s.Helper.Flags |= unix.CLONE_INTO_CGROUP
			s.Helper.Cgroup = uint64(clone.Cgroup.Fd())
		}
	}
	if err == nil {
		err = run(s, clone.PIDParent)
	}
	if err != nil && !s.Born() {
		unmap()
		return nil, err
	}
	return s, nil // newHeld looks at what failed when it was born
}

func closeAll(fds ...int32) {
	for _, fd := range fds {
		if fd > 0 {
			unix.Close(int(fd))
		}
	}
}

// run clones, in or below a PID namespace; nil is the caller's own.
func run(s *inside.Spawn, parent *os.File) error {
	if parent != nil {
		s.Namespace = parent.Fd()
	}
	s.Run()
	runtime.KeepAlive(parent)
	return problemOf(s)
}

func problemOf(s *inside.Spawn) error {
	switch step := inside.SpawnSteps[s.Step]; {
	case s.Errno == 0:
		return nil
	case step == StepLeave:
		return fail(step, "", s.Errno)
	default:
		return fmt.Errorf("%s: %w", step, s.Errno)
	}
}

// Connect opens a socket from within a PID namespace, says the greeting, and
// returns it. The helper that opens it shares the launcher's files too.
func Connect(parent *os.File, path, greeting string) (*os.File, error) {
	socket, err := addressOf(path)
	if err != nil {
		return nil, err
	}
	socket.First, socket.Said = uintptr(unsafe.Pointer(unsafe.StringData(greeting))), uintptr(len(greeting))
	s := &inside.Spawn{Socket: socket}
	s.Helper.Flags, s.Helper.ExitSignal = inside.HelperFlags|unix.CLONE_FILES, uint64(unix.SIGCHLD)
	err = run(s, parent)
	runtime.KeepAlive(greeting)
	if err != nil {
		return nil, err
	}
	wait(int(s.PID))
	if socket.Errno != 0 {
		return nil, fail(inside.SocketSteps[socket.Step], path, socket.Errno)
	}
	return os.NewFile(socket.FD, path), nil
}

// newSocket has the init open one.
func newSocket(a *arena, path, greeting string) (*inside.Socket, error) {
	socket, err := addressOf(path)
	if err == nil {
		socket.First, socket.Said = put(a, []byte(greeting)).At, uintptr(len(greeting))
	}
	return socket, err
}

func addressOf(path string) (*inside.Socket, error) {
	s := &inside.Socket{}
	if len(path) >= len(s.Address.Path) {
		return nil, fmt.Errorf("connecting to %q: %w", path, syscall.ENAMETOOLONG)
	}
	s.Address.Family = unix.AF_UNIX
	for i := range len(path) {
		s.Address.Path[i] = int8(path[i])
	}
	s.Size = unsafe.Offsetof(s.Address.Path) + uintptr(len(path)) + 1
	return s, nil
}

func wait(pid int) (end WaitDone) {
	for {
		_, err := syscall.Wait4(pid, &end.Status, 0, &end.Rusage)
		if err != syscall.EINTR {
			return end
		}
	}
}

// Now is CLOCK_MONOTONIC in nanoseconds: one clock for all processes here.
func Now() int64 {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return ts.Nano()
}

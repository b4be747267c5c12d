package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Spawn is how the init is cloned, which then executes this program again: by
// the launcher, or, below the embedded manager, by a helper.
//
// A process that has set its children's PID namespace by setns may not clone a
// new one (copy_pid_ns gives EINVAL); one born in there may. So the helper is
// born in the manager's namespace, clones the init below it as a child of the
// launcher, and is gone. Another opens the manager's socket before that.
//
//	launcher's thread      helper                     init
//	   | ---- vfork ------> |
//	   |                    | -- clone, CLONE_PARENT -> |
//	   | <-- exits, Inner - |                           | exec
//
// All of it runs in the launcher's memory, the init until its exec, and beside
// Go: no stack grows, nothing is allocated and no pointer is written, as a
// collection may be under way.
type Spawn struct {
	Flags     uintptr    // CLONE_NEW*, of the init
	Namespace uintptr    // file descriptor of the PID namespace to be born in or below; None for this one
	Helper    HelperArgs // its exit signal is 0 where there is none
	Socket    *Socket    // the helper's to open, instead of cloning; nil for none
	PID       uintptr    // what was cloned: the init or the helper
	Inner     uintptr    // by a helper: the init's PID as the helper has it
	Failed    syscall.Errno
	Step      int // where it failed
	Errno     syscall.Errno
}

// Born says whether the init was cloned, whatever failed after that: it runs in the
// launcher's memory until its exec, and must be waited for.
func (s *Spawn) Born() bool { return s.Socket == nil && s.PID != 0 && s.Failed == 0 }

// None is no file descriptor.
const None = ^uintptr(0)

// HelperArgs is the kernel's struct clone_args (5.7, when it got the cgroup).
type HelperArgs struct {
	Flags, pidfd, childTID, parentTID, ExitSignal, stack, stackSize, tls, setTID, setTIDSize, Cgroup uint64
}

// HelperFlags are those of every helper.
const HelperFlags = vforkFlags

// The steps at which it can fail.
const (
	stepClone = iota
	stepBlock
	stepRemember
	stepEnter
	stepLeave
)

// SpawnSteps are their names.
var SpawnSteps = [...]string{
	"cloning the held child", "blocking signals", "remembering the own PID namespace",
	"entering the manager's PID namespace", StepLeave,
}

// StepLeave is one that the launcher explains.
const StepLeave = "leaving the manager's PID namespace"

// clone is clone(2) of the init, which begins in boarding.
//
//go:noescape
func clone(flags, stack, tls uintptr) (pid uintptr, errno syscall.Errno)

// Run clones with all signals blocked, so that none meets Go's handlers in what is
// not Go's. It all takes place on one thread without runtime.LockOSThread, which
// would cost another: nosplit functions are not preempted where they are called,
// nor is a thread that hears no signal.
//
//go:norace
//go:nosplit
func (s *Spawn) Run() {
	all, mask := ^uint64(0), uint64(0)
	_, s.Errno = sys(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK,
		uintptr(unsafe.Pointer(&all)), uintptr(unsafe.Pointer(&mask)), 8, 0, 0)
	if s.Errno != 0 {
		s.Step = stepBlock
		return
	}
	s.within()
	sys(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&mask)), 0, 8, 0, 0)
}

// within clones while this thread's children are born in the other PID
// namespace.
//
//go:norace
//go:nosplit
func (s *Spawn) within() {
	if s.Namespace == None {
		s.clone()
		return
	}
	const ownNamespace = "/proc/thread-self/ns/pid_for_children\x00"
	own, errno := sys(unix.SYS_OPENAT, atCWD,
		uintptr(unsafe.Pointer(unsafe.StringData(ownNamespace))), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		s.Step, s.Errno = stepRemember, errno
		return
	}
	_, errno = sys(unix.SYS_SETNS, s.Namespace, unix.CLONE_NEWPID, 0, 0, 0, 0)
	if errno != 0 {
		s.Step, s.Errno = stepEnter, errno
	} else {
		s.clone()
		_, errno = sys(unix.SYS_SETNS, own, unix.CLONE_NEWPID, 0, 0, 0, 0)
		if errno != 0 {
			s.Step, s.Errno = stepLeave, errno
		}
	}
	sys(unix.SYS_CLOSE, own, 0, 0, 0, 0, 0)
}

// clone clones the init, or has a helper do so.
//
//go:norace
//go:nosplit
func (s *Spawn) clone() {
	if s.Helper.ExitSignal == 0 {
		s.PID, s.Errno = clone(s.Flags|boardingFlags, boardingStack, boardingTLS)
		return
	}
	s.callHelper()
}

// callHelper clones the helper; the function's frame is the helper's too. Without
// a cgroup it takes no clone3, which containers may lack.
//
//go:norace
//go:nosplit
//go:noinline
func (s *Spawn) callHelper() {
	trap, a1, a2 := uintptr(unix.SYS_CLONE), uintptr(s.Helper.Flags|s.Helper.ExitSignal), uintptr(0)
	if s.Helper.Cgroup != 0 {
		trap, a1, a2 = unix.SYS_CLONE3, uintptr(unsafe.Pointer(&s.Helper)), unsafe.Sizeof(s.Helper)
	}
	pid, errno := vfork(trap, a1, a2)
	if errno == 0 && pid == 0 {
		s.help()
	}
	s.PID, s.Errno = pid, errno
}

// help is the helper's life.
//
//go:norace
//go:nosplit
func (s *Spawn) help() {
	if s.Socket != nil {
		s.Socket.open()
	} else {
		s.Inner, s.Failed = clone(s.Flags|boardingFlags|unix.CLONE_PARENT, boardingStack, boardingTLS)
	}
	for {
		sys(unix.SYS_EXIT_GROUP, 0, 0, 0, 0, 0, 0)
	}
}

// Boarding is what the cloned child does before it executes this program again:
// it takes files along, and, in a user namespace of its own, its capabilities,
// which an exec leaves to root alone.
type Boarding struct {
	FDs     List[int32]
	Program Program
	stack   [boardingSize]byte
	g       [64]uintptr // an empty one
	place   uintptr     // its address
}

// boardingSize is several times what boarding was seen to take.
const boardingSize = 8 << 10

const (
	boardingFlags  = unix.CLONE_VM | unix.CLONE_SETTLS | uintptr(unix.SIGCHLD)
	boardingOffset = unsafe.Offsetof(Block{}.Boarding)
	boardingStack  = (Place + boardingOffset + unsafe.Offsetof(Boarding{}.stack) + boardingSize - 64) &^ 15
	boardingTLS    = Place + boardingOffset + unsafe.Offsetof(Boarding{}.place)
)

// Prepare makes the empty g known.
func (b *Boarding) Prepare() { b.place = Place + boardingOffset + unsafe.Offsetof(Boarding{}.g) }

var _ = boarding // clone_*.s calls it

// boarding is where the cloned child begins, on the stack in Boarding.
func boarding() {
	b := Here()
	const step = "starting the init\x00"
	for i := range b.Boarding.FDs.len() {
		b.check(step, 0, call(unix.SYS_FCNTL, uintptr(*b.Boarding.FDs.at(i)), unix.F_SETFD, 0, 0, 0))
	}
	if b.Tasks.OwnUser {
		b.keepCapabilities()
	}
	p := &b.Boarding.Program
	b.fail(step, p.Path, execute(p.Path, p.Argv, p.Env))
}

package inside

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Block is what launcher and init share: a file in memory that has no name. It
// holds what the init is to do, which is written before the init is executed,
// and what each tells the other afterwards.
//
// They tell each other what is so, never what happened: a word is overwritten, a
// count is counted up, and a byte on the control socket says "look". Neither can
// fill the other's room, neither waits for the other to read; a byte that cannot
// be sent because the socket is full need not be.
//
//	launcher                                init (PID 1 inside)
//	   | ----- clone, exec of itself -------> |  signals blocked, files closed
//	   | <--- a socket (SCM_RIGHTS) --------- |  Phase Connected: only a PID known to
//	   |                                      |  the embedded manager may open that
//	   | <-- Phase Ready -------------------- |  its PID is beside the byte
//	   |   [ids mapped, scope started, limits proven]
//	   | --- Order Go ----------------------> |  namespaces, mounts, identity
//	   | <-- Phase Failed{Report} / Started  |  the payload's exec succeeded
//	   | --- Heard[signal], counted --------> |  to the payload, once each
//	   | --- Front, counted ----------------> |  after fg: the terminal is the payload's
//	   | <-- Stopped{by, count} ------------- |  the payload, for job control
//	   | <-- Terminating, counted ----------- |  somebody outside ends the whole scope
//	   | <-- Phase Exited{Status} ----------- |  all others are gone too
//	   |   [figures read: the init still holds the cgroup]
//	   | --- Order Release -----------------> |  exits
//
// The end of either is the end of the socket, so neither outlives the other.
type Block struct {
	Size uintptr // of the mapping
	Used uintptr // of it, by what was put there

	// Of the launcher, read by the init.
	Order atomic.Uint32 // Order*
	Front atomic.Uint32 // how often the terminal was to be given to the payload
	Heard [Senders][Signals]atomic.Uint32

	// Of the init, read by the launcher.
	Phase       atomic.Uint32 // Phase*
	Status      atomic.Uint32 // the payload's wait status, with PhaseExited
	Stopped     atomic.Uint32 // count<<8 | the signal that stopped the payload, 0 while it runs
	Terminating atomic.Uint32 // how often a signal that ends came from outside
	Marks       [Marks]atomic.Int64
	Report      Report

	Tasks    Tasks
	Boarding Boarding
	life     life
}

// Signals is the number of the last one, and one more.
const Signals = 65

// Who sent a signal, as far as that can be known: somebody outside the run, or a
// process of it.
const (
	Outside = iota
	Within
	Senders
)

// What the launcher tells the init to do, each once and in this order.
const (
	OrderHold uint32 = iota
	OrderGo
	OrderRelease
)

// How far the init is.
const (
	PhaseBorn uint32 = iota
	PhaseConnected
	PhaseReady
	PhaseFailed
	PhaseStarted
	PhaseExited
)

// The steps whose times are noted, in nanoseconds of CLOCK_MONOTONIC.
const (
	MarkBorn = iota
	MarkGo
	MarkInside
	MarkExecuted
	MarkGone
	Marks
)

// Text is the address of a text in the block that ends with a NUL; 0 is none.
type Text uintptr

func (t Text) bytes() *byte { return at[byte](uintptr(t)) }

// List is values in the block, one behind the other. Those of pointers are lists
// of addresses.
type List[T any] struct {
	At   uintptr
	Size uintptr
}

func (l List[T]) len() int    { return int(l.Size) }
func (l List[T]) at(i int) *T { return at[T](l.At + uintptr(i)*unsafe.Sizeof(*at[T](0))) }

// at is what stands at an address of the block.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// Here is the block, where it is mapped.
func Here() *Block { return at[Block](Place) }

// life is what the init keeps for itself: it has no other memory that its scope
// would not be charged for.
type life struct {
	polled    [4]unix.PollFd
	held      int  // how often a command was found dead that somebody traces
	unsaid    bool // a byte that says "look" could not be sent
	proc      int  // the caller's /proc, open
	place     int  // the file there that names its cgroup, open
	children  int  // the list of its children, open; -1 where that is not needed
	files     int  // PID of the process that makes the files
	payload   int  // PID, 0 before its start
	status    uint32
	changed   bool // a child has
	done      bool // the payload has ended
	gone      bool // and all it left
	stops     uint32
	fronts    uint32
	passed    [Senders][Signals]uint32 // how many of Heard were passed on or dropped
	seen      [Senders][Signals]witness
	early     uint64 // signals that came before there was a payload, bit N-1
	tty       int    // where modes were read; -1 for nowhere
	modes     unix.Termios
	info      siginfo
	here, now [1024]byte // its cgroup
	text      [4096]byte
	args      HelperArgs // of a joining command's clone
	header    unix.CapUserHeader
	sets      [2]unix.CapUserData
}

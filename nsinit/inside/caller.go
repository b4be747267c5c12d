package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Caller is what this process was started with and what Go's start changes: it
// is noted at the entry, and the payload gets it back.
type Caller struct {
	Known   bool          // noted; without entry (doc.go) it is not
	Errno   syscall.Errno // why it could not be
	Mask    uint64        // blocked signals, bit N-1 for signal N
	Ignored uint64        // ignored ones
	Closed  uint8         // of the file descriptors 0 to 2, bit N: Go opens /dev/null there
	Nofile  unix.Rlimit   // Go raises the soft limit

	Addresses, Data, Stack, Tasks, File Raised // what slimrun itself needs more of
}

var caller Caller

// TheCaller is what the entry has noted.
func TheCaller() Caller { return caller }

// note notes it, and blocks every signal: Go unblocks those it cannot do without
// as its threads start, all others wait until somebody listens. Those by which a
// terminal stops a job do so from the beginning.
func (c *Caller) note() {
	stops := bit(unix.SIGTSTP) | bit(unix.SIGTTIN) | bit(unix.SIGTTOU)
	blocked := ^stops
	sys(unix.SYS_RT_SIGPROCMASK, unix.SIG_BLOCK,
		uintptr(unsafe.Pointer(&blocked)), uintptr(unsafe.Pointer(&c.Mask)), 8, 0, 0)
	for n := syscall.Signal(1); n < Signals; n++ {
		if disposition(n) == ignore {
			c.Ignored |= bit(n)
		}
	}
	for fd := range uintptr(3) {
		if _, errno := sys(unix.SYS_FCNTL, fd, unix.F_GETFD, 0, 0, 0, 0); errno != 0 {
			c.Closed |= 1 << fd
		}
	}
	c.Errno = call(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, 0, uintptr(unsafe.Pointer(&c.Nofile)), 0)
	if c.Errno == 0 && c.Nofile.Max < needsFiles {
		refuse(files)
	}
	c.makeSpace()
	if policy, _ := sys(unix.SYS_SCHED_GETSCHEDULER, 0, 0, 0, 0, 0, 0); policy == unix.SCHED_DEADLINE {
		refuse(deadline)
	}
	c.Known = true
}

// needsFiles is what Go's poller and a connection need to come to an error of their own.
const needsFiles = 16

const files = "slimrun: the limit on open files is too small: want 16 and more for slimrun itself\n" +
	"slimrun: hint: raise `ulimit -n`, and limit the command alone: --ulimit nofile=N\n"

// The kernel's answer to a fork of such a process is EAGAIN (sched(7)); with
// SCHED_RESET_ON_FORK, which is part of the policy's number then, it is not.
const deadline = "slimrun: under SCHED_DEADLINE slimrun can start no process, not the payload either\n" +
	"slimrun: hint: have the command itself scheduled so: slimrun -- chrt -d ... COMMAND\n"

// What Go's runtime was seen to start with always, of which next to nothing
// is memory: it took 1.25 GiB of addresses, and 40 MiB that can be written to.
const (
	needsAddresses = 1536 << 20
	needsData      = 128 << 20
	needsStack     = 256 << 10 // arguments and environment lie there too, which may be 128K then
	leastStack     = 64 << 10  // Go's first one
)

// makeSpace raises the soft limits that are too low for Go, as far as the hard ones
// allow.
func (c *Caller) makeSpace() {
	const addresses = "slimrun: the limit on addresses is too small: " +
		"want 1.5 GiB for slimrun itself, which is next to no memory\n" +
		"slimrun: hint: raise `ulimit -v` to 1572864 or more, and limit the command alone: --ulimit as=BYTES\n"
	const data = "slimrun: the limit on data is too small: " +
		"want 128 MiB for slimrun itself, which is next to no memory\n" +
		"slimrun: hint: raise `ulimit -d` to 131072 or more, and limit the command alone: --ulimit data=BYTES\n"
	c.Addresses.raise(unix.RLIMIT_AS, needsAddresses, addresses)
	const stack = "slimrun: the limit on the stack is too small: want 64 KiB for slimrun itself\n" +
		"slimrun: hint: raise `ulimit -s` to 64 or more, and limit the command alone: --ulimit stack=BYTES\n"
	c.Data.raise(unix.RLIMIT_DATA, needsData, data)
	c.Stack.raise(unix.RLIMIT_STACK, needsStack, "")
	if c.Stack.Limit.Max < leastStack {
		refuse(stack)
	}
	const tasks = "slimrun: the user's processes are at their limit: want 6 more for slimrun itself, its threads\n" +
		"slimrun: hint: raise `ulimit -u`, or end some processes; limit the command alone: --pids N\n"
	c.File.raise(unix.RLIMIT_FSIZE, unix.RLIM_INFINITY, "") // it counts for memory that two processes share
	c.Tasks.raise(unix.RLIMIT_NPROC, fewTasks, "")
	if c.Tasks.Limit.Max < fewTasks && !roomForThreads() {
		refuse(tasks)
	}
}

const (
	// fewTasks is a limit below which it is tried whether Go's threads have room, as
	// Go itself ends with a trace where they have not. Root is not held to it.
	fewTasks = 256
	threads  = 6
)

// roomForThreads forks as many processes as slimrun has threads, and ends them.
func roomForThreads() bool {
	var pids [threads]uintptr
	room := true
	for i := range pids {
		pid, errno := vfork(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0)
		if pid == 0 && errno == 0 {
			for {
				sleep(1e9 - 1)
			}
		}
		pids[i], room = pid, room && errno == 0
	}
	for _, pid := range pids {
		if pid != 0 {
			kill(int(pid), unix.SIGKILL)
			for call(unix.SYS_WAIT4, pid, 0, 0, 0, 0) == unix.EINTR {
				continue
			}
		}
	}
	return room
}

func refuse(words string) {
	sys(unix.SYS_WRITE, 2, constant(words), uintptr(len(words)), 0, 0, 0)
	exit(125)
}

// Raised is a limit of the caller's whose soft one may have been raised.
type Raised struct {
	Limit unix.Rlimit // the caller's
	Is    bool        // it was
}

func (r *Raised) raise(resource, needed uintptr, refusal string) {
	errno := call(unix.SYS_PRLIMIT64, 0, resource, 0, uintptr(unsafe.Pointer(&r.Limit)), 0)
	if errno != 0 { // whether it is too small shows when Go starts
		r.Limit = unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
		return
	}
	if r.Limit.Max < uint64(needed) && refusal != "" {
		refuse(refusal)
	}
	if r.Limit.Cur < uint64(needed) {
		raised := unix.Rlimit{Cur: r.Limit.Max, Max: r.Limit.Max}
		r.Is = call(unix.SYS_PRLIMIT64, 0, resource, uintptr(unsafe.Pointer(&raised)), 0, 0) == 0
	}
}

// restore gives the payload's process what the caller had.
func (r *Raised) restore(resource uintptr) syscall.Errno {
	if !r.Is {
		return 0
	}
	return call(unix.SYS_PRLIMIT64, 0, resource, uintptr(unsafe.Pointer(&r.Limit)), 0, 0)
}

// action is the kernel's struct sigaction on 64 bit.
type action struct{ handler, flags, restorer, mask uintptr }

// ignore is SIG_IGN.
const ignore = 1

// disposition is a signal's handler.
func disposition(n syscall.Signal) uintptr {
	var a action
	sys(unix.SYS_RT_SIGACTION, uintptr(n), 0, uintptr(unsafe.Pointer(&a)), 8, 0, 0)
	return a.handler
}

// dispose sets one: the default is 0.
func dispose(n syscall.Signal, handler uintptr) syscall.Errno {
	a := action{handler: handler}
	return call(unix.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(&a)), 0, 8, 0)
}

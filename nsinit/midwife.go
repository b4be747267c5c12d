package nsinit

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit/inherited"
)

// midwife does what a hatch does without being a program: a bare fork of this
// process, which saves the start and the end of a Go runtime, 2 to 3 ms. It is
// born in the embedded manager's PID namespace, clones the init as a child of
// the launcher, opens the manager's socket, and is gone.
//
//	launcher's thread      midwife                    init
//	   | ---- fork -------> |
//	   |                    | -- clone, CLONE_PARENT -> | fds in place
//	   |                    | connect                   | exec /proc/self/exe
//	   | <-- connected + fd | exits                     |
//
// After the fork there is one thread and no scheduler, no stack growth, no
// allocation: only raw system calls on what was made before.
type midwife struct {
	flags   uintptr   // of the init's clone; 0: there is none to clone
	born    cloneArgs // of the midwife's own
	control uintptr   // where failures are told
	files   []uintptr // become the init's 3, 4, ...
	address unix.RawSockaddrUnix
	size    uintptr // of the address; 0: nothing to open
	message unix.Msghdr
	rights  *int32 // in the message: the socket that is sent
	program *byte
	argv    []*byte
	env     []*byte
	nofile  inherited.Limit      // the caller's, not the one that Go raised
	failed  [midwifeSteps][]byte // messages that lack but the errno
}

// cloneArgs is the kernel's struct clone_args (5.7, when it got the cgroup).
type cloneArgs struct {
	flags, pidfd, childTID, parentTID, exitSignal, stack, stackSize, tls, setTID, setTIDSize, cgroup uint64
}

// The steps that can go wrong, in their order.
const (
	cloning = iota
	placing
	executing
	opening
	connecting
	sending
	midwifeSteps
)

// attended says whether a clone takes a midwife: a user namespace wants
// capabilities handed over the exec, which is the hatch's business.
func (c Clone) attended() bool { return c.hatches() && c.UserNS == nil && inherited.Known }

// deliver forks the midwife; the thread blocks all signals and is in the
// manager's namespace. The files are moved up beforehand, out of the way of
// the places they are to take.
func deliver(clone Clone, control int) (pid int, err error) {
	m := &midwife{control: uintptr(control), flags: clone.Flags, nofile: inherited.Nofile}
	if clone.connectOnly {
		m.flags = 0
	}
	if clone.Cgroup != nil {
		m.born = cloneArgs{flags: unix.CLONE_INTO_CGROUP, exitSignal: uint64(unix.SIGCHLD), cgroup: uint64(clone.Cgroup.Fd())}
	}
	if err := m.prepare(clone); err != nil {
		return 0, err
	}
	lowerFileLimit()
	syscall.ForkLock.Lock()
	defer syscall.ForkLock.Unlock()
	inherited := append([]int{control}, clone.PassFDs...)
	for _, fd := range inherited {
		moved, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, controlFD+len(inherited))
		if err != nil {
			return 0, fmt.Errorf("handing a file descriptor over: %w", err)
		}
		defer unix.Close(moved)
		m.files = append(m.files, uintptr(moved))
	}
	child, errno := m.fork()
	if errno != 0 {
		return 0, errno
	}
	return int(child), nil
}

// lowerFileLimit takes back what Go did to the soft limit of open files when it
// started: syscall alone knows what it was (origRlimitNofile), and restores it
// in ForkExec and Exec. Of Exec nothing else is left once the exec has failed.
func lowerFileLimit() { syscall.Exec("", nil, nil) }

func (m *midwife) prepare(clone Clone) (err error) {
	steps := [midwifeSteps]string{"cloning the init", "handing over file descriptors", "executing the init", "making a socket", "connecting to", "sending the socket"}
	for i, step := range steps {
		object := ""
		if i == connecting {
			object = clone.Connect
		}
		m.failed[i] = appendFrame(nil, msgFailed, fail(step, object, syscall.Errno(1)).encode())
	}
	if m.program, err = syscall.BytePtrFromString("/proc/self/exe"); err != nil {
		return err
	}
	if m.argv, err = syscall.SlicePtrFromStrings([]string{StageInit, ""}); err != nil {
		return err
	}
	if m.env, err = syscall.SlicePtrFromStrings(runtimeEnv); err != nil {
		return err
	}
	return m.prepareSocket(clone.Connect)
}

// prepareSocket makes the address, and the message that carries the socket.
func (m *midwife) prepareSocket(path string) error {
	if path == "" {
		return nil
	}
	if len(path) >= len(m.address.Path) {
		return fmt.Errorf("connecting to %q: %w", path, syscall.ENAMETOOLONG)
	}
	m.address.Family = unix.AF_UNIX
	for i := range len(path) {
		m.address.Path[i] = int8(path[i])
	}
	m.size = unsafe.Offsetof(m.address.Path) + uintptr(len(path)) + 1
	body, oob := appendFrame(nil, msgConnected, nil), unix.UnixRights(0)
	m.rights = (*int32)(unsafe.Pointer(&oob[unix.CmsgLen(0)]))
	m.message.Iov = &unix.Iovec{Base: &body[0]}
	m.message.Iov.SetLen(len(body))
	m.message.SetIovlen(1)
	m.message.Control = &oob[0]
	m.message.SetControllen(len(oob))
	return nil
}

// fork returns in the parent alone.
//
//go:norace
//go:nosplit
func (m *midwife) fork() (uintptr, syscall.Errno) {
	var pid uintptr
	var errno syscall.Errno
	if m.born.flags == 0 {
		pid, _, errno = syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	} else {
		pid, _, errno = syscall.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&m.born)), unsafe.Sizeof(m.born), 0)
	}
	if errno == 0 && pid == 0 {
		m.attend()
	}
	return pid, errno
}

// attend is the midwife's life. The init goes first: its start takes longest.
//
//go:norace
//go:nosplit
func (m *midwife) attend() {
	if m.flags != 0 {
		pid, _, errno := syscall.RawSyscall6(unix.SYS_CLONE, m.flags|unix.CLONE_PARENT|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
		if errno != 0 {
			m.leave(cloning, errno)
		}
		if pid == 0 {
			m.becomeInit()
		}
	}
	if m.size != 0 {
		m.connect()
	}
	m.exit(0)
}

//go:norace
//go:nosplit
func (m *midwife) becomeInit() {
	for i := range m.files {
		if _, _, errno := syscall.RawSyscall(unix.SYS_DUP3, m.files[i], uintptr(controlFD+i), 0); errno != 0 {
			m.leave(placing, errno)
		}
	}
	_, _, errno := syscall.RawSyscall6(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, uintptr(unsafe.Pointer(&m.nofile)), 0, 0, 0)
	if errno != 0 {
		m.leave(placing, errno)
	}
	_, _, errno = syscall.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(m.program)),
		uintptr(unsafe.Pointer(&m.argv[0])), uintptr(unsafe.Pointer(&m.env[0])))
	m.leave(executing, errno)
}

//go:norace
//go:nosplit
func (m *midwife) connect() {
	fd, _, errno := syscall.RawSyscall(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if errno != 0 {
		m.leave(opening, errno)
	}
	if _, _, errno = syscall.RawSyscall(unix.SYS_CONNECT, fd, uintptr(unsafe.Pointer(&m.address)), m.size); errno != 0 {
		m.leave(connecting, errno)
	}
	*m.rights = int32(fd)
	if _, _, errno = syscall.RawSyscall(unix.SYS_SENDMSG, m.control, uintptr(unsafe.Pointer(&m.message)), 0); errno != 0 {
		m.leave(sending, errno)
	}
}

// leave tells the launcher what went wrong: the errno is the message's last
// byte, the codec's one-byte form of what is below 128.
//
//go:norace
//go:nosplit
func (m *midwife) leave(step int, errno syscall.Errno) {
	text := m.failed[step]
	if errno < 128 {
		text[len(text)-1] = byte(errno)
	}
	syscall.RawSyscall(unix.SYS_WRITE, m.control, uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)))
	if step >= opening && m.flags != 0 {
		m.exit(0) // there is an init to wait for
	}
	m.exit(1)
}

//go:norace
//go:nosplit
func (m *midwife) exit(status uintptr) {
	for {
		syscall.RawSyscall(unix.SYS_EXIT_GROUP, status, 0, 0)
	}
}

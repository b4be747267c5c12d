package nsinit

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// opening is a manager's socket that only a process of its PID namespace may
// open: systemd refuses a peer whose PID it is not shown (getpeercred gives
// ENODATA).
type opening struct {
	address unix.RawSockaddrUnix
	size    uintptr
	first   *byte // what is said there before anything else
	said    uintptr
	fd      uintptr // what was opened,
	step    int     // or where that failed
	errno   syscall.Errno
}

// openingSteps are where it can fail; the last is the init's alone.
var openingSteps = [...]string{"making a socket", "connecting to", "sending the socket"}

// prepare prepares to open a path, where first is said at once.
func (o *opening) prepare(path string, first *byte, said int) error {
	if len(path) >= len(o.address.Path) {
		return fmt.Errorf("connecting to %q: %w", path, syscall.ENAMETOOLONG)
	}
	o.address.Family = unix.AF_UNIX
	for i := range len(path) {
		o.address.Path[i] = int8(path[i])
	}
	o.size = unsafe.Offsetof(o.address.Path) + uintptr(len(path)) + 1
	o.first, o.said = first, uintptr(said)
	return nil
}

// open opens the socket, or leaves why it cannot; it does not wait for room in
// the manager's queue (EAGAIN). What is wrong with the words shows when it is
// used.
//
//go:norace
//go:nosplit
func (o *opening) open() {
	o.fd, o.errno = sys(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0, 0, 0, 0)
	if o.errno != 0 {
		return
	}
	o.step = 1
	_, o.errno = sys(unix.SYS_CONNECT, o.fd, uintptr(unsafe.Pointer(&o.address)), o.size, 0, 0, 0)
	if o.errno != 0 {
		sys(unix.SYS_CLOSE, o.fd, 0, 0, 0, 0, 0)
		return
	}
	sys(unix.SYS_SENDTO, o.fd, uintptr(unsafe.Pointer(o.first)), o.said, unix.MSG_NOSIGNAL, 0, 0)
}

// Connect opens a socket from within a PID namespace, says the greeting, and
// returns it. The midwife that opens it shares the launcher's files too.
func Connect(parent *os.File, path, greeting string) (*os.File, error) {
	o := &opening{}
	if err := o.prepare(path, unsafe.StringData(greeting), len(greeting)); err != nil {
		return nil, err
	}
	b := &birth{socket: o}
	b.midwife.flags, b.midwife.exitSignal = uint64(vforkFlags|unix.CLONE_FILES), uint64(unix.SIGCHLD)
	if err := b.happen(parent); err != nil {
		return nil, err
	}
	wait(int(b.born))
	if o.errno != 0 {
		return nil, fail(openingSteps[o.step], path, o.errno)
	}
	return os.NewFile(o.fd, path), nil
}

// passing is a socket that the init opens and sends to the launcher: inside
// another run, whose manager cannot be told the init's PID, whoever opened the
// socket is the one that it moves.
type passing struct {
	opening
	message unix.Msghdr
	rights  *int32 // in the message: the socket that is sent
	failed  [len(openingSteps)]telling
}

// newPassing prepares that; the path "" is none.
func newPassing(a *ark, path, greeting string) (*passing, error) {
	if path == "" {
		return nil, nil
	}
	p := stow(a, passing{})
	if err := p.prepare(path, a.text(greeting), len(greeting)); err != nil {
		return nil, err
	}
	for i, step := range openingSteps {
		p.failed[i] = a.telling(Failure{Step: step, Object: path})
	}
	body, oob := stow(a, byte(msgConnected)), stowAll(a, unix.UnixRights(0))
	p.rights = (*int32)(unsafe.Pointer(&oob[unix.CmsgLen(0)]))
	p.message.Iov = stow(a, unix.Iovec{Base: body})
	p.message.Iov.SetLen(1)
	p.message.SetIovlen(1)
	p.message.Control = &oob[0]
	p.message.SetControllen(len(oob))
	return p, nil
}

// pass opens the socket and sends it, or tells why it cannot.
//
//go:norace
//go:nosplit
func (p *passing) pass(control uintptr) {
	if p.open(); p.errno == 0 {
		*p.rights = int32(p.fd)
		p.step = 2
		_, p.errno = sys(unix.SYS_SENDMSG, control, uintptr(unsafe.Pointer(&p.message)), unix.MSG_NOSIGNAL, 0, 0, 0)
		sys(unix.SYS_CLOSE, p.fd, 0, 0, 0, 0, 0)
	}
	if p.errno != 0 {
		p.failed[p.step%len(openingSteps)].tell(control, p.errno)
	}
}

package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Socket is a manager's that only a process of its PID namespace may open: systemd
// refuses a peer whose PID it is not shown (getpeercred gives ENODATA).
type Socket struct {
	Address unix.RawSockaddrUnix
	Size    uintptr
	First   uintptr // where what is said at once stands
	Said    uintptr // its size
	FD      uintptr // what was opened,
	Step    int     // or where that failed
	Errno   syscall.Errno
}

// SocketSteps are where it can fail; the last is the init's alone.
var SocketSteps = [...]string{"making a socket", StepConnect, "sending the socket"}

// StepConnect is one that the launcher explains.
const StepConnect = "connecting to"

// open opens the socket, or leaves why it cannot; it does not wait for room in
// the manager's queue (EAGAIN).
//
//go:norace
//go:nosplit
func (s *Socket) open() {
	s.FD, s.Errno = sys(unix.SYS_SOCKET,
		unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0, 0, 0, 0)
	if s.Errno != 0 {
		return
	}
	s.Step = 1
	_, s.Errno = sys(unix.SYS_CONNECT, s.FD, uintptr(unsafe.Pointer(&s.Address)), s.Size, 0, 0, 0)
	if s.Errno != 0 {
		sys(unix.SYS_CLOSE, s.FD, 0, 0, 0, 0, 0)
		return
	}
	_, s.Errno = sys(unix.SYS_SENDTO, s.FD, s.First, s.Said, unix.MSG_NOSIGNAL, 0, 0)
	switch s.Errno {
	case 0:
	case syscall.EPIPE: // who has hung up says so when it is read from
		s.Errno = 0
	default: // the answer would be waited for in vain
		sys(unix.SYS_CLOSE, s.FD, 0, 0, 0, 0, 0)
	}
}

// connect opens the socket and sends it to the launcher: inside another run, whose
// manager cannot be told the init's PID, whoever opened the socket is the one
// that it moves.
func (b *Block) connect() {
	s := &b.Tasks.Socket
	if s.Size == 0 {
		return
	}
	if s.open(); s.Errno == 0 {
		s.Step = 2
		s.Errno = b.sendFile(s.FD)
		closeFD(int(s.FD))
	}
	switch s.Step {
	case 0:
		b.check("making a socket\x00", 0, s.Errno)
	case 1:
		b.check(StepConnect+"\x00", Text(uintptr(unsafe.Pointer(&s.Address.Path))), s.Errno)
	default:
		b.check("sending the socket\x00", 0, s.Errno)
	}
	b.Phase.Store(PhaseConnected)
	b.say()
}

// rights is a control message with one file descriptor (SCM_RIGHTS).
type rights struct {
	header unix.Cmsghdr
	fd     int32
	_      int32
}

// sendFile waits for room: nobody else has sent anything yet.
func (b *Block) sendFile(fd uintptr) syscall.Errno {
	one := byte(0)
	io := unix.Iovec{Base: &one, Len: 1}
	oob := rights{
		header: unix.Cmsghdr{
			Len: uint64(unsafe.Sizeof(unix.Cmsghdr{})) + 4, Level: unix.SOL_SOCKET, Type: unix.SCM_RIGHTS,
		},
		fd: int32(fd),
	}
	message := unix.Msghdr{
		Iov:        &io,
		Iovlen:     1,
		Control:    (*byte)(unsafe.Pointer(&oob)),
		Controllen: uint64(unsafe.Sizeof(oob.header)) + 4,
	}
	return call(unix.SYS_SENDMSG, uintptr(b.Tasks.Control), uintptr(unsafe.Pointer(&message)), unix.MSG_NOSIGNAL, 0, 0)
}

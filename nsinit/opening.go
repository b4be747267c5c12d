package nsinit

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// opening is a manager's socket that only a process of its PID namespace may
// open: systemd refuses a peer whose PID it is not shown (getpeercred gives
// ENODATA). Whoever is born there opens it and sends it to the launcher.
type opening struct {
	address  unix.RawSockaddrUnix
	first    *byte // what is said there before anything else
	said     uintptr
	size     uintptr
	message  unix.Msghdr
	rights   *int32     // in the message: the socket that is sent
	failures [3]telling // of making, connecting and sending it
}

// newOpening prepares to open a path, where greeting is said first; "" is none.
func newOpening(a *ark, path, greeting string) (*opening, error) {
	if path == "" {
		return nil, nil
	}
	o := stow(a, opening{first: a.text(greeting), said: uintptr(len(greeting))})
	if len(path) >= len(o.address.Path) {
		return nil, fmt.Errorf("connecting to %q: %w", path, syscall.ENAMETOOLONG)
	}
	for i, failure := range []Failure{{Step: "making a socket"}, {Step: "connecting to", Object: path}, {Step: "sending the socket", Object: path}} {
		o.failures[i] = a.telling(failure)
	}
	o.address.Family = unix.AF_UNIX
	for i := range len(path) {
		o.address.Path[i] = int8(path[i])
	}
	o.size = unsafe.Offsetof(o.address.Path) + uintptr(len(path)) + 1
	body, oob := stow(a, byte(msgConnected)), stowAll(a, unix.UnixRights(0))
	o.rights = (*int32)(unsafe.Pointer(&oob[unix.CmsgLen(0)]))
	o.message.Iov = stow(a, unix.Iovec{Base: body})
	o.message.Iov.SetLen(1)
	o.message.SetIovlen(1)
	o.message.Control = &oob[0]
	o.message.SetControllen(len(oob))
	return o, nil
}

// open opens the socket and sends it, or tells why it cannot.
//
//go:norace
//go:nosplit
func (o *opening) open(control uintptr) {
	fd, errno := sys(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0, 0, 0, 0)
	if errno != 0 {
		o.failures[0].tell(control, errno)
		return
	}
	_, errno = sys(unix.SYS_CONNECT, fd, uintptr(unsafe.Pointer(&o.address)), o.size, 0, 0, 0)
	if errno != 0 {
		o.failures[1].tell(control, errno)
		return
	}
	sys(unix.SYS_SENDTO, fd, uintptr(unsafe.Pointer(o.first)), o.said, unix.MSG_NOSIGNAL, 0, 0) // what is wrong shows when it is used
	*o.rights = int32(fd)
	_, errno = sys(unix.SYS_SENDMSG, control, uintptr(unsafe.Pointer(&o.message)), unix.MSG_NOSIGNAL, 0, 0, 0)
	if errno != 0 {
		o.failures[2].tell(control, errno)
	}
	sys(unix.SYS_CLOSE, fd, 0, 0, 0, 0, 0)
}

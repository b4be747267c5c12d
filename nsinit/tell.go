package nsinit

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// leave tells what went wrong, and ends.
//
//go:norace
//go:nosplit
func (p *process) leave(failure telling, errno syscall.Errno) {
	failure.tell(p.control, errno)
	p.exit(1)
}

//go:norace
//go:nosplit
func (p *process) exit(status uintptr) {
	for {
		sys(unix.SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0)
	}
}

// send sends a message without a body. One that fails means that the launcher
// is gone, which the next message says.
//
//go:norace
//go:nosplit
func (p *process) send(kind byte) {
	p.out[0] = kind
	p.flush(1)
}

//go:norace
//go:nosplit
func (p *process) sendNumber(kind byte, n uint64) {
	p.out[0] = kind
	p.number(n)
	p.flush(9)
}

//go:norace
//go:nosplit
func (p *process) mark(step byte) {
	if !p.trace {
		return
	}
	p.out[0], p.out[9] = msgMark, step
	p.number(uint64(p.time()))
	p.flush(10)
}

// number puts 8 bytes, little endian, into the message.
//
//go:norace
//go:nosplit
func (p *process) number(n uint64) {
	for i := range 8 {
		p.out[1+i] = byte(n >> (8 * i))
	}
}

//go:norace
//go:nosplit
func (p *process) flush(size uintptr) {
	sys(unix.SYS_SENDTO, p.control, uintptr(unsafe.Pointer(&p.out)), size, unix.MSG_NOSIGNAL, 0, 0)
}

// receive waits for a message, and returns its size; 0 where the launcher is
// gone.
//
//go:norace
//go:nosplit
func (p *process) receive() int {
	for {
		n, errno := sys(unix.SYS_READ, p.control, uintptr(unsafe.Pointer(&p.in)), unsafe.Sizeof(p.in), 0, 0, 0)
		switch errno {
		case 0:
			return int(n)
		case unix.EINTR, unix.EAGAIN:
		default:
			return 0
		}
	}
}

// time is CLOCK_MONOTONIC in nanoseconds.
//
//go:norace
//go:nosplit
func (p *process) time() int64 {
	sys(unix.SYS_CLOCK_GETTIME, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&p.clock)), 0, 0, 0, 0)
	return p.clock.Sec*1e9 + p.clock.Nsec
}

// read reads a small file; its size is 0 where it cannot.
//
//go:norace
//go:nosplit
func (p *process) read(path *byte, to unsafe.Pointer, size uintptr) uintptr {
	fd, errno := sys(unix.SYS_OPENAT, atCWD, uintptr(unsafe.Pointer(path)), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		return 0
	}
	n, errno := sys(unix.SYS_READ, fd, uintptr(to), size, 0, 0, 0)
	sys(unix.SYS_CLOSE, fd, 0, 0, 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return n
}

package nsinit

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit/inside"
)

// arena is the block that launcher and init share, while it is filled: a file in
// memory, mapped where the init will map it. Nothing in it is Go's, which neither
// moves nor frees it: addresses in it are plain numbers.
type arena struct {
	fd   int
	size uintptr // of the file
	used uintptr
	err  error // the first text that cannot be said to the kernel, or no room
}

// arenaStep is by how much the file grows.
const arenaStep = 64 << 10

// newArena begins an empty one. One process has one at a time.
func newArena() (*arena, error) {
	fd, err := unix.MemfdCreate("slimrun", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making memory for the init: %w", err)
	}
	a := &arena{fd: fd}
	if err := a.grow(unsafe.Sizeof(inside.Block{})); err != nil {
		unix.Close(fd)
		return nil, err
	}
	_, _, errno := unix.Syscall6(unix.SYS_MMAP, inside.Place, inside.Space, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_SHARED|unix.MAP_FIXED_NOREPLACE, uintptr(fd), 0)
	if errno != 0 {
		unix.Close(fd)
		return nil, fmt.Errorf("mapping memory for the init at %#x: %w", inside.Place, errno)
	}
	// One call instead of a fault a page; the memory is the caller's, not the
	// scope's. That it succeeds is not needed.
	unix.RawSyscall(unix.SYS_MADVISE, inside.Place, (a.used+4095)&^4095, unix.MADV_POPULATE_WRITE)
	return a, nil
}

// grow makes room for size bytes more.
func (a *arena) grow(size uintptr) error {
	a.used += size
	if a.used <= a.size {
		return nil
	}
	a.size = (a.used + arenaStep - 1) &^ (arenaStep - 1)
	err := error(unix.E2BIG)
	if a.size <= inside.Space {
		err = unix.Ftruncate(a.fd, int64(a.size))
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("making %d bytes of memory for the init: %w", a.size, err)
}

// take gives room for size bytes, aligned for any type.
func (a *arena) take(size uintptr) uintptr {
	at := inside.Place + a.used
	if err := a.grow((size + 15) &^ 15); err != nil {
		if a.err == nil {
			a.err = err
		}
		return 0
	}
	return at
}

// close lets go of the file: the mapping, and the init's, keep it.
func (a *arena) close() { unix.Close(a.fd) }

// unmap lets go of the memory.
func unmap() { unix.Syscall(unix.SYS_MUNMAP, inside.Place, inside.Space, 0) }

// put puts values there, one behind the other.
func put[T any](a *arena, values []T) inside.List[T] {
	at := a.take(unsafe.Sizeof(*new(T)) * uintptr(len(values)))
	if at == 0 {
		return inside.List[T]{}
	}
	copy(unsafe.Slice(*(**T)(unsafe.Pointer(&at)), len(values)), values)
	return inside.List[T]{At: at, Size: uintptr(len(values))}
}

// text puts a text there, with a NUL behind it. One that holds a NUL cannot be
// said to the kernel.
func (a *arena) text(value string) inside.Text {
	if strings.IndexByte(value, 0) >= 0 {
		if a.err == nil {
			a.err = fail("preparing", strconv.Quote(value), syscall.EINVAL)
		}
		return 0
	}
	at := a.take(uintptr(len(value) + 1))
	if at == 0 {
		return 0
	}
	copy(unsafe.Slice(*(**byte)(unsafe.Pointer(&at)), len(value)), value)
	return inside.Text(at)
}

// optional is a text, or none for "".
func (a *arena) optional(value string) inside.Text {
	if value == "" {
		return 0
	}
	return a.text(value)
}

// texts puts several there; the list ends with a 0, as execve wants it.
func (a *arena) texts(values []string) inside.List[inside.Text] {
	list := make([]inside.Text, 0, len(values)+1)
	for _, value := range values {
		list = append(list, a.text(value))
	}
	return put(a, append(list, 0))
}

func numbers[To, From int | int32 | uint32](values []From) []To {
	list := make([]To, len(values))
	for i, value := range values {
		list[i] = To(value)
	}
	return list
}

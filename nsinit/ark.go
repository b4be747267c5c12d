package nsinit

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ark is memory for what the init keeps of slimrun: all else it had is left
// behind in the fork (leaveHeap). Nothing in it is Go's: it is neither moved nor
// freed, so that plain numbers may point there, and nothing in it may point to
// what is Go's.
type ark struct{ room []byte }

// arkSize is a chunk's, in bytes; what is not used costs nothing.
const arkSize = 1 << 20

// take gives room for size bytes, aligned for any type. No memory is a panic, as
// everywhere in Go.
func (a *ark) take(size uintptr) unsafe.Pointer {
	size = (size + 15) &^ 15
	if size > uintptr(len(a.room)) {
		chunk, err := unix.Mmap(-1, 0, int(max(size, arkSize)), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
		if err != nil {
			panic(fmt.Sprintf("no memory for the init: %v", err))
		}
		a.room = chunk
	}
	at := unsafe.Pointer(unsafe.SliceData(a.room))
	a.room = a.room[size:]
	return at
}

// stow takes a value along.
func stow[T any](a *ark, value T) *T {
	at := (*T)(a.take(unsafe.Sizeof(value)))
	*at = value
	return at
}

// stowAll takes a slice along.
func stowAll[T any](a *ark, values []T) []T {
	var one T
	at := unsafe.Slice((*T)(a.take(unsafe.Sizeof(one)*uintptr(len(values)+1))), len(values))
	copy(at, values)
	return at
}

// text takes a string along, with the NUL behind it.
func (a *ark) text(value string) *byte {
	at := unsafe.Slice((*byte)(a.take(uintptr(len(value)+1))), len(value)+1)
	copy(at, value)
	at[len(value)] = 0
	return &at[0]
}

// goArena is the size and the alignment of the Go heap's pieces on 64 bit.
const goArena = 64 << 20

// leaveHeap keeps Go's heap out of forks: it need not be copied, nor does each
// page that Go writes to afterwards cost a fault and a copy. That it succeeds is
// not needed.
func leaveHeap() {
	heap := uintptr(unsafe.Pointer(new(*byte))) &^ (goArena - 1)
	sys(unix.SYS_MADVISE, heap, goArena, unix.MADV_DONTFORK, 0, 0, 0)
}

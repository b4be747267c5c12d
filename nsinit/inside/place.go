package inside

import "golang.org/x/sys/unix"

const (
	// Place is where the block is mapped in the launcher and in the init, so that an
	// address in it means the same in both: above the program and the GiB behind it in which
	// the kernel lets brk(2) begin, below all else. (Go does not use that; the C library does,
	// with which go install links slimrun where there is a C compiler.)
	Place = 0x60000000
	// Space is the address space that is taken there: a process's arguments and
	// environment are 6 MiB at most (Linux), and stand in it twice.
	Space = 64 << 20
)

// reserved: Place was taken at the entry. From Go 1.26 on its heap begins at any multiple of
// 64 MiB, and once in a million starts it would begin just there.
var reserved bool

func reserve() {
	const how = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_NORESERVE | unix.MAP_FIXED_NOREPLACE
	nothing := ^uintptr(0) // no file
	_, errno := sys(unix.SYS_MMAP, Place, Space, unix.PROT_NONE, how, nothing, 0)
	reserved = errno == 0
}

// Go's heap has begun elsewhere by now.
func init() {
	if reserved {
		call(unix.SYS_MUNMAP, Place, Space, 0, 0, 0)
	}
}

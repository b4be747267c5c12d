package nsinit

import (
	_ "os/user" // with cgo: it brings libc along, as what slimrun imports does
	"testing"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit/inside"
)

// A program with a libc, whose heap may begin at the block's place, has that reserved
// at its entry, and again when a block is unmapped.
func TestPlaceIsReserved(t *testing.T) {
	vector, err := unix.Auxv()
	if err != nil {
		t.Fatal(err)
	}
	const base = 7 // AT_BASE
	linked := false
	for _, pair := range vector {
		linked = linked || pair[0] == base && pair[1] != 0
	}
	if !linked {
		t.Skip("needs a test that is built with cgo")
	}
	taken := func(when string) {
		t.Helper()
		_, _, errno := unix.Syscall6(unix.SYS_MMAP, inside.Place, inside.Space, unix.PROT_NONE,
			unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_FIXED_NOREPLACE, ^uintptr(0), 0)
		if errno != unix.EEXIST {
			t.Fatalf("%s the block's place is free (%v)", when, errno)
		}
	}
	taken("at the start")
	a, err := newArena()
	if err != nil {
		t.Fatal(err)
	}
	a.close()
	unmap()
	taken("after a block")
}

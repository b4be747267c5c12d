package inside

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The C library's heap begins within a GiB behind the program, at random (the kernel's
// arch_randomize_brk): the block is above that, and above what such a heap may grow by.
func TestPlaceIsAboveTheHeap(t *testing.T) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	var begin, end uint64
	for line := range strings.Lines(string(maps)) {
		if strings.HasSuffix(strings.TrimSpace(line), program) {
			fmt.Sscanf(line, "%x-%x", &begin, &end)
		}
	}
	const random, bss, heap = 1 << 30, 1 << 20, 256 << 20
	if end == 0 || Place < end+bss+random+heap {
		t.Errorf("the block is at %#x, the program ends at %#x", uint64(Place), end)
	}
}

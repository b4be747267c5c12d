package limit

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ioMaxFile = "8:16 rbps=max wbps=2097152 riops=max wiops=max\n" +
	"8:0 rbps=1048576 wbps=max riops=120 wiops=max\n\n254:0\n"

func TestIOMaxOf(t *testing.T) {
	for _, c := range [][3]string{
		{"8:0", "rbps", "1048576"},
		{"8:0", "riops", "120"},
		{"8:0", "wbps", "max"},
		{"8:16", "wbps", "2097152"},
		{"8:1", "rbps", "max"},
		{"8:0", "bps", "max"},
		{"254:0", "rbps", "max"},
		{"", "rbps", "max"},
	} {
		if got := ioMaxOf(ioMaxFile, c[0], c[1]); got != c[2] {
			t.Errorf("%s of %s is %q, want %q", c[1], c[0], got, c[2])
		}
	}
}

// Two paths of one disk are one limit: systemd writes a line for each path, and
// the kernel keeps the last.
func TestDeviceLimits(t *testing.T) {
	node := anyDisk(t)
	number, err := sysfs("/sys").disk(node)
	if err != nil {
		t.Fatal(err)
	}
	got, err := (ioMax{key: "rbps"}).read(node + ":10M\n" + devNode + number + ":1K")
	limit := []deviceLimit{{devNode + number, 1 << 10}}
	if diff := cmp.Diff(limit, got); diff != "" || err != nil {
		t.Errorf("%v: %s", err, diff)
	}
	for content, want := range map[string]bool{
		number + " rbps=1024 wbps=max": true, number + " rbps=max wbps=1024": false, "999:9 rbps=1024": false, "": false,
	} {
		if (ioMax{key: "rbps"}).holds(limit, content, false) != want {
			t.Errorf("io.max %q: want it to hold: %v", content, want)
		}
	}
	for _, text := range []string{node, node + ":", node + ":1.5", node + ":1M"} {
		if got, err := (ioMax{operations: true}).read(text); err == nil {
			t.Errorf("%q of operations is %v, want an error", text, got)
		}
	}
}

// The kernel counts operations in 32 bits and says "max" beyond.
func TestOperationsBeyondTheKernels(t *testing.T) {
	for rate, want := range map[uint64]bool{1<<32 - 2: false, 1<<32 - 1: true, 1 << 40: true} {
		row, asked := ioMax{key: "riops", operations: true}, []deviceLimit{{devNode + "8:0", rate}}
		if got := row.holds(asked, "8:0 rbps=max riops=max", false); got != want {
			t.Errorf("%d a second with the kernel saying max: %v", rate, got)
		}
	}
	if (ioMax{key: "rbps"}).holds([]deviceLimit{{devNode + "8:0", 1 << 40}}, "8:0 rbps=max", false) {
		t.Error("bytes have all 64 bits")
	}
}

// anyDisk is a block device that this machine has a node of.
func anyDisk(t *testing.T) string {
	t.Helper()
	names, _ := filepath.Glob("/sys/block/*")
	for _, name := range names {
		disk := "/dev/" + filepath.Base(name)
		if _, err := os.Stat(disk); err == nil {
			return disk
		}
	}
	t.Skip("this machine has no block device in /dev")
	return ""
}

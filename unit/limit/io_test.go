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
		{"8:1", "rbps", ""},
		{"8:0", "bps", ""},
		{"254:0", "rbps", ""},
		{"", "rbps", ""},
	} {
		if got := ioMaxOf(ioMaxFile, c[0], c[1]); got != c[2] {
			t.Errorf("%s of %s is %q, want %q", c[1], c[0], got, c[2])
		}
	}
}

func TestDeviceLimits(t *testing.T) {
	disk := anyDisk(t)
	got, err := (ioMax{key: "rbps"}).read(disk + ":10M\n" + disk + ":1K")
	if diff := cmp.Diff([]deviceLimit{{disk, 10 << 20}, {disk, 1 << 10}}, got); diff != "" || err != nil {
		t.Errorf("%v: %s", err, diff)
	}
	device, err := blockDevice(disk)
	if err != nil {
		t.Fatal(err)
	}
	limit := []deviceLimit{{disk, 4096}}
	for content, want := range map[string]bool{
		device + " rbps=4096 wbps=max": true, device + " rbps=max wbps=4096": false, "999:9 rbps=4096": false, "": false,
	} {
		if (ioMax{key: "rbps"}).holds(limit, content, false) != want {
			t.Errorf("io.max %q: want it to hold: %v", content, want)
		}
	}
	for _, text := range []string{disk, disk + ":", disk + ":1.5", disk + ":1M"} {
		if got, err := (ioMax{operations: true}).read(text); err == nil {
			t.Errorf("%q of operations is = %v, want an error", text, got)
		}
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

func TestBlockDeviceRefuses(t *testing.T) {
	for _, path := range []string{"/proc/self", "/nonexistent/disk"} {
		if device, err := blockDevice(path); err == nil {
			t.Errorf("blockDevice(%q) = %q, want an error", path, device)
		}
	}
}

func TestWholeDisk(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "sda")
	part := filepath.Join(disk, "sda1")
	if err := os.MkdirAll(part, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string]string{disk + "/dev": "8:0\n", part + "/dev": "8:1\n", part + "/partition": "1\n"} {
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := wholeDisk(part, "8:1"); got != "8:0" {
		t.Errorf("the partition's disk is %q, want 8:0", got)
	}
	if got := wholeDisk(disk, "8:0"); got != "8:0" {
		t.Errorf("the disk's disk is %q, want 8:0", got)
	}
}

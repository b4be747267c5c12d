package limit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// fakeSysfs has two disks of two partitions each, and what is stacked on them.
func fakeSysfs(t *testing.T) sysfs {
	t.Helper()
	root := t.TempDir()
	made := map[string]string{} // name → its directory
	device := func(name, number, dir string, disk bool, slaves ...string) {
		dir = filepath.Join(root, "devices", dir)
		made[name] = dir
		files := map[string]string{"dev": number + "\n"}
		if disk {
			files["queue/x"] = ""
		} else {
			files["partition"] = "1\n"
		}
		for file, content := range files {
			path := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		link(t, dir, filepath.Join(root, "dev/block", number))
		for _, slave := range slaves {
			link(t, made[slave], filepath.Join(dir, "slaves", slave))
		}
	}
	device("sda", "8:0", "pci/sda", true)
	device("sda1", "8:1", "pci/sda/sda1", false)
	device("sda2", "8:2", "pci/sda/sda2", false)
	device("sdb", "8:16", "pci/sdb", true)
	device("sdb1", "8:17", "pci/sdb/sdb1", false)
	device("lvm", "253:0", "virtual/dm-0", true, "sda2")
	device("crypt", "253:1", "virtual/dm-1", true, "lvm")
	device("verity", "253:2", "virtual/dm-2", true, "sda1", "sda2")
	device("raid", "9:0", "virtual/md0", true, "sda1", "sdb1")
	device("onraid", "253:3", "virtual/dm-3", true, "raid")
	return sysfs(root)
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// The disk is what systemd's lookup_block_device comes to.
func TestDisk(t *testing.T) {
	sys := fakeSysfs(t)
	for device, want := range map[string]string{
		"8:0": "8:0", "8:1": "8:0", "8:17": "8:16", // partitions
		"253:0": "8:0", "253:1": "8:0", // LVM on a partition, LUKS on that
		"253:2": "8:0",                 // two partitions of one disk
		"9:0":   "9:0", "253:3": "9:0", // two disks: as far as it goes
	} {
		if got, err := sys.disk(devNode + device); got != want || err != nil {
			t.Errorf("%s is on %s, %v, want %s", device, got, err, want)
		}
	}
	for _, path := range []string{
		devNode + "7:7", devNode + "../../etc", devNode + "8:", "/proc/self", "/dev/null", "/nonexistent/disk",
	} {
		if device, err := sys.disk(path); err == nil {
			t.Errorf("%q is on %q, want an error", path, device)
		}
	}
}

// btrfs shows files a number of its own; its device is asked for.
func TestDiskOfBtrfs(t *testing.T) {
	mkfs, err := exec.LookPath("mkfs.btrfs")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("needs root and mkfs.btrfs:", err)
	}
	image, dir := filepath.Join(t.TempDir(), "image"), t.TempDir()
	for _, command := range []string{
		"truncate -s 128M " + image, mkfs + " -q " + image, "mount -o loop " + image + " " + dir,
	} {
		if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
			t.Skipf("cannot make a btrfs: %s: %v: %s", command, err, out)
		}
	}
	t.Cleanup(func() { unix.Unmount(dir, 0) })
	out, err := exec.Command("findmnt", "-no", "SOURCE", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := sysfs("/sys").disk(strings.TrimSpace(string(out)))
	if got, err2 := sysfs("/sys").disk(dir); got != want || err != nil || err2 != nil {
		t.Errorf("the disk is %q, %v, want %q, %v", got, err2, want, err)
	}
}

package embedded

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// disk is a name below /dev that systemd may have to resolve for an IO…
// limit: a block device, or a symbolic link to one.
type disk struct {
	path   string
	device int    // its number
	link   string // or its target
}

// findDisks lists /dev's block devices and symbolic links. What cannot be
// read is no disk; /dev/shm and /dev/pts are other people's files.
func findDisks() []disk {
	var disks []disk
	filepath.WalkDir("/dev", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case path == "/dev/shm" || path == "/dev/pts" || path == "/dev/mqueue" || path == "/dev/hugepages":
			return filepath.SkipDir
		case entry.Type()&fs.ModeSymlink != 0:
			if target, err := os.Readlink(path); err == nil {
				disks = append(disks, disk{path: path, link: target})
			}
		case entry.Type()&fs.ModeDevice != 0 && entry.Type()&fs.ModeCharDevice == 0:
			var st unix.Stat_t
			if unix.Lstat(path, &st) == nil {
				disks = append(disks, disk{path: path, device: int(st.Rdev)})
			}
		}
		return nil
	})
	return disks
}

// makeDisks makes the same names in the manager's /dev, where none of them
// can be opened: systemd only wants their numbers. In a user namespace nobody may make
// one, and systemd refuses a limit on it.
func makeDisks(disks []disk) error {
	for _, d := range disks {
		if err := os.MkdirAll(filepath.Dir(d.path), 0o755); err != nil {
			return err
		}
		if d.link != "" {
			if err := os.Symlink(d.link, d.path); err != nil {
				return err
			}
			continue
		}
		err := unix.Mknod(d.path, unix.S_IFBLK|0o600, d.device)
		if err != nil && err != unix.EPERM {
			return fmt.Errorf("naming the disk %q: %w", d.path, err)
		}
	}
	return nil
}

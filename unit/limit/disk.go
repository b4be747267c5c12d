package limit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// devNode begins a path that systemd takes for a device's number without looking
// for a file (device_path_parse_major_minor): also where its /dev is another.
const devNode = "/dev/block/"

// sysfs is where the kernel shows its devices; tests have another.
type sysfs string

// disk is the number of the disk behind a path, MAJ:MIN, as systemd's
// lookup_block_device finds it (src/core/cgroup.c): of a device's node, of the
// file system that holds the file, of what lies below a device mapper or a
// partition. The kernel keeps rates for disks alone.
func (s sysfs) disk(path string) (string, error) {
	device, err := deviceOf(path)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(s.dir(device)); err != nil {
		return "", fmt.Errorf("%q is not on a block device (%s)", path, device)
	}
	return s.wholeDisk(s.origin(device)), nil
}

// deviceOf is the number of the device at a path, or of that which holds a file.
func deviceOf(path string) (string, error) {
	if number, ok := strings.CutPrefix(path, devNode); ok && isNumber(number) {
		return number, nil
	}
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return "", fmt.Errorf("looking up the device %q: %w", path, err)
	}
	switch {
	case st.Mode&unix.S_IFMT == unix.S_IFCHR:
		return "", fmt.Errorf("%q is a character device: want a disk, or a file on one", path)
	case st.Mode&unix.S_IFMT == unix.S_IFBLK:
		return numberOf(st.Rdev), nil
	case unix.Major(st.Dev) != 0:
		return numberOf(st.Dev), nil
	}
	return btrfsDevice(path)
}

func isNumber(device string) bool {
	major, minor, ok := strings.Cut(device, ":")
	return ok && digits(major) && digits(minor)
}

func numberOf(device uint64) string {
	return fmt.Sprintf("%d:%d", unix.Major(device), unix.Minor(device))
}

func (s sysfs) dir(device string) string { return string(s) + "/dev/block/" + device }

// mostLayers is more than anybody stacks.
const mostLayers = 32

// origin goes down what is stacked by the device mapper, md and their like, as
// long as all that a device lies on is one disk.
func (s sysfs) origin(device string) string {
	for range mostLayers {
		below, ok := s.below(device)
		if !ok {
			break
		}
		device = below
	}
	return device
}

// below is one of the devices that a device is made of, if all of them are on the same disk.
func (s sysfs) below(device string) (first string, one bool) {
	slaves, _ := filepath.Glob(s.dir(device) + "/slaves/*/dev")
	for _, slave := range slaves {
		content, err := os.ReadFile(slave)
		if err != nil {
			return "", false
		}
		number := strings.TrimSpace(string(content))
		if first != "" && s.wholeDisk(number) != s.wholeDisk(first) {
			return "", false
		}
		if first == "" {
			first = number
		}
	}
	return first, first != ""
}

// wholeDisk is a partition's disk; another device's own number.
func (s sysfs) wholeDisk(device string) string {
	dir := s.dir(device)
	if _, err := os.Stat(dir + "/queue"); err == nil {
		return device
	}
	if _, err := os.Stat(dir + "/partition"); err != nil {
		return device
	}
	parent, err := os.ReadFile(dir + "/../dev") // the kernel follows dir, a symbolic link, first
	if err != nil {
		return device
	}
	return strings.TrimSpace(string(parent))
}

package limit

import (
	"bytes"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The two questions of linux/btrfs.h by which systemd finds a file system's
// device (btrfs_get_block_device): btrfs shows a number of its own in stat(2).
const (
	btrfsFSInfo  = 0x8400941f // BTRFS_IOC_FS_INFO
	btrfsDevInfo = 0xd000941e // BTRFS_IOC_DEV_INFO
)

// btrfsFS is struct btrfs_ioctl_fs_info_args.
type btrfsFS struct {
	maxID, devices uint64
	_              [1024 - 16]byte
}

// btrfsDev is struct btrfs_ioctl_dev_info_args.
type btrfsDev struct {
	id   uint64
	_    [4096 - 8 - 1024]byte
	path [1024]byte
}

// btrfsDevice is the number of the one device of the btrfs that holds a file.
func btrfsDevice(path string) (string, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return "", fmt.Errorf("looking up the device of %q: %w", path, err)
	}
	defer unix.Close(fd)
	var fs btrfsFS
	if !ioctl(fd, btrfsFSInfo, unsafe.Pointer(&fs)) {
		return "", fmt.Errorf("%q is not on a block device", path)
	}
	if fs.devices != 1 {
		return "", fmt.Errorf("%q is on a btrfs of %d devices: name one of them", path, fs.devices)
	}
	for id := uint64(1); id <= fs.maxID; id++ {
		dev := btrfsDev{id: id}
		if ioctl(fd, btrfsDevInfo, unsafe.Pointer(&dev)) {
			node, _, _ := bytes.Cut(dev.path[:], []byte{0})
			return deviceOf(string(node))
		}
	}
	return "", fmt.Errorf("the btrfs that holds %q names no device", path)
}

func ioctl(fd int, question uintptr, answer unsafe.Pointer) bool {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), question, uintptr(answer))
	return errno == 0
}

package cgroup

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// readFile reads a file only where it is the kernel's own: a mount over
// /sys/fs/cgroup could say anything.
func readFile(name string) (string, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	if err := onCgroupFS(fd, name); err != nil {
		return "", err
	}
	content := make([]byte, 8<<10)
	n, err := linux.Read(fd, content)
	if err != nil {
		return "", &os.PathError{Op: "read", Path: name, Err: err}
	}
	return string(bytes.TrimSpace(content[:n])), nil
}

func onCgroupFS(fd int, name string) error {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil {
		return fmt.Errorf("checking %q: %w", name, err)
	}
	if fs.Type != unix.CGROUP2_SUPER_MAGIC && fs.Type != unix.CGROUP_SUPER_MAGIC {
		return fmt.Errorf("%q is not on a cgroup file system", name)
	}
	return nil
}

package cgroup

import (
	"bytes"
	"fmt"
	"os"
	"strings"

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

// openFigures opens a file of the kernel's own to be read again and again; nil
// where there is none. Non-blocking, so that the runtime's poller takes it.
func openFigures(name string) *os.File {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	if err := onCgroupFS(fd, name); err != nil {
		unix.Close(fd)
		return nil
	}
	return os.NewFile(uintptr(fd), name)
}

// reread reads a small file from its start; "" where it cannot.
func reread(file *os.File) (content string) {
	if file == nil {
		return ""
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return ""
	}
	var room [512]byte
	raw.Control(func(fd uintptr) {
		n := 0
		err = linux.Uninterrupted(func() (err error) { n, err = unix.Pread(int(fd), room[:], 0); return err })
		if err == nil {
			content = strings.TrimSpace(string(room[:n]))
		}
	})
	return content
}

// fdOf is a file's descriptor, without making it block as File.Fd does.
func fdOf(file *os.File) (fd uintptr) {
	if raw, err := file.SyscallConn(); err == nil {
		raw.Control(func(own uintptr) { fd = own })
	}
	return fd
}

package linux

import (
	"errors"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// ReadFile reads a file of /proc to its end. Such files have no size to go by,
// and os.ReadFile takes them in bites of 512 bytes; here one is mostly enough.
func ReadFile(name string) (string, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	content := make([]byte, 0, 8<<10)
	for {
		n, err := Read(fd, content[len(content):cap(content)])
		if err != nil {
			return "", &os.PathError{Op: "read", Path: name, Err: err}
		}
		if n == 0 {
			return string(content), nil
		}
		content = slices.Grow(content[:len(content)+n], 4<<10)
	}
}

// Read is read(2), made again where a signal broke it off.
func Read(fd int, buf []byte) (n int, err error) {
	err = Uninterrupted(func() (err error) { n, err = unix.Read(fd, buf); return err })
	return n, err
}

// Uninterrupted repeats a call that a signal broke off.
func Uninterrupted(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

// IgnoreMissing turns the error of a file that is gone, or of a cgroup's that
// was just removed (ENODEV), into none.
func IgnoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}

// IgnoreExisting turns the error of making what is there already into none.
func IgnoreExisting(err error) error {
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

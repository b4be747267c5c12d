package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/moby/sys/user"
	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/trust"
	"github.com/slimrun/slimrun/unit/problem"
)

// StateHome is the user's state directory: the machine's for root, else that of the
// XDG base directory specification.
func StateHome(uid int, getenv func(string) string) (string, error) {
	if uid == 0 {
		return "/var/lib/slimrun", nil
	}
	// The specification: one that is not absolute is to be passed over.
	if base := getenv("XDG_STATE_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "slimrun"), nil
	}
	home := getenv("HOME")
	if !filepath.IsAbs(home) {
		if known, err := user.LookupUid(uid); err == nil {
			home = known.Home
		}
	}
	if !filepath.IsAbs(home) {
		return "", problem.Errorf("set HOME, or XDG_STATE_HOME",
			"no place for what is kept of a detached run: uid %d has no home", uid)
	}
	return filepath.Join(home, ".local/state/slimrun"), nil
}

// Home is the directory of all records of a user.
type Home struct {
	path string // of the state directory
	dir  *os.File
}

// OpenHome opens the user's, and makes it where that is wanted. Without one there is
// no record: nil. Errors: it cannot be made, or somebody else could write to it.
func OpenHome(make bool) (*Home, error) {
	path, err := StateHome(os.Geteuid(), os.Getenv)
	if err != nil {
		return nil, err
	}
	return openHome(path, make)
}

// openHome is OpenHome for a state directory.
func openHome(path string, make bool) (*Home, error) {
	if make {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, unwritable(path, err)
		}
	}
	if err := trust.Way(path); err != nil {
		return nil, none(path, make, err)
	}
	state, err := openOwn(nil, path, make)
	if err != nil {
		return nil, none(path, make, err)
	}
	defer state.Close()
	dir, err := openOwn(state, "runs", make)
	if err != nil {
		return nil, none(path, make, err)
	}
	return &Home{path, dir}, nil
}

// none is no error where nothing is there and nothing is to be made.
func none(path string, make bool, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist) && !make:
		return nil
	}
	return unwritable(path, err)
}

// unwritable says of an error without a remedy what was to be done, and where else it can be.
func unwritable(path string, err error) error {
	if errors.As(err, new(*problem.Problem)) {
		return err
	}
	return problem.Errorf("XDG_STATE_HOME names another place, for who is not root",
		"keeping what a detached run writes in %q: %w", path, err)
}

// unwritable is for a record in it.
func (h *Home) unwritable(name string, err error) error {
	return unwritable(filepath.Join(h.dir.Name(), name), err)
}

// Close closes it.
func (h *Home) Close() {
	if h != nil {
		h.dir.Close()
	}
}

// names are those of all records, and of what is left of some.
func (h *Home) names() ([]string, error) {
	dir, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", h.dir.Fd())) // at its beginning
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(0)
}

// Tidy removes directories that hold nothing: a launch, or who removed a record, was
// killed between the directory and its lock. List passes them over.
func (h *Home) Tidy() error {
	if h == nil {
		return nil
	}
	names, err := h.names()
	for _, name := range names {
		unix.Unlinkat(int(h.dir.Fd()), name, unix.AT_REMOVEDIR) // refused where it holds something
	}
	return err
}

// openOwn opens a directory in another, nil for a path, and makes it if need be. It
// must be this user's own, and nobody else may write there.
func openOwn(in *os.File, name string, make bool) (*os.File, error) {
	at, path := unix.AT_FDCWD, name
	if in != nil {
		at, path = int(in.Fd()), filepath.Join(in.Name(), name)
	}
	if make {
		if err := unix.Mkdirat(at, name, 0o700); err != nil && err != unix.EEXIST {
			return nil, &os.PathError{Op: "mkdir", Path: path, Err: err}
		}
	}
	fd, err := unix.Openat(at, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == unix.ENOTDIR || err == unix.ELOOP {
		return nil, untrusted(path, "is no directory (a symbolic link will not do)")
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	dir := os.NewFile(uintptr(fd), path)
	if err := trusted(dir, 0o022); err != nil {
		dir.Close()
		return nil, err
	}
	return dir, nil
}

// trusted says whether a file is this user's own, without those bits of its mode.
func trusted(file *os.File, without uint32) error {
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		return err
	}
	switch {
	case st.Uid != uint32(os.Geteuid()):
		return untrusted(file.Name(), fmt.Sprintf("belongs to uid %d, not to you", st.Uid))
	case st.Mode&without != 0:
		return untrusted(file.Name(), fmt.Sprintf("has mode %04o: others can write to it", st.Mode&0o7777))
	}
	return nil
}

func untrusted(path, why string) error {
	return problem.Errorf(fmt.Sprintf("look at what is there, then `rm -r %s`", path),
		"%q %s: slimrun will not use it", path, why)
}

package output

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/trust"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/problem"
)

// File is open to be written to at the end.
type File struct {
	file  *os.File    // of a FIFO that nobody reads yet it is but the place (O_PATH)
	place trust.Place // where it was found; the caller's own descriptors have none
	kind  uint32      // unix.S_IFREG and its like
}

// Open opens PATH, "-" (stdout) or "fd:N", and makes a file that is not there. One that
// is there keeps its content until it is written to. Errors: those of open(2); links, and
// other names of a file, that somebody else could have put there.
func Open(target string) (*File, error) {
	if target == "-" {
		return openDescriptor(target, 1)
	}
	if number, ok := strings.CutPrefix(target, "fd:"); ok {
		fd, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("%q: want the number of a file descriptor", target)
		}
		return openDescriptor(target, fd)
	}
	place, steps, err := trust.Walk(target)
	if err != nil {
		return nil, err
	}
	if err = own(steps); err == nil {
		var f *File
		if f, err = openPlace(place); err == nil {
			return f, nil
		}
	}
	place.Dir.Close()
	return nil, err
}

// openDescriptor takes one of the caller's. Where that has closed one of the first
// three, Go has /dev/null there.
func openDescriptor(target string, fd int) (*File, error) {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	switch {
	case err != nil || nsinit.CallerClosed(fd):
		return nil, fmt.Errorf("%q is not open", target)
	case flags&unix.O_ACCMODE == unix.O_RDONLY || flags&unix.O_PATH != 0:
		return nil, fmt.Errorf("%q is not open for writing", target)
	}
	return &File{file: os.NewFile(uintptr(fd), target)}, nil
}

// own is nil where each link on the way is the caller's or root's. A payload that had
// another uid may have left one in a run before.
func own(steps []trust.Step) error {
	for _, step := range steps {
		if step.Stat.Mode&unix.S_IFMT == unix.S_IFLNK && !trust.Own(step.Stat.Uid) {
			return problem.Errorf("name a place in a directory of your own",
				"%q is a link of uid %d's: it is not followed", step.Path, step.Stat.Uid)
		}
	}
	return nil
}

// openPlace opens without waiting. A FIFO that nobody reads says ENXIO (fifo(7)).
func openPlace(place trust.Place) (*File, error) {
	file, err := place.Open(unix.O_WRONLY|unix.O_CREAT|unix.O_NONBLOCK|unix.O_NOCTTY, 0o666)
	if unread := errors.Is(err, unix.ENXIO); unread {
		if file, err = place.Open(unix.O_PATH, 0); err == nil {
			err = writableFIFO(file)
		}
	}
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		return nil, err
	}
	f := &File{file, place, st.Mode & unix.S_IFMT}
	if f.kind == unix.S_IFREG && st.Nlink > 1 && place.Shared() {
		return nil, problem.Errorf("name a place in a directory of your own",
			"%q has other names, and others may write to its directory: it may be a file that is not meant",
			file.Name())
	}
	return f, nil
}

func writableFIFO(file *os.File) error {
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFIFO { // a socket, a device that is not there
		return &os.PathError{Op: "open", Path: file.Name(), Err: unix.ENXIO}
	}
	if err := unix.Faccessat(unix.AT_FDCWD, reopened(file), unix.W_OK, unix.AT_EACCESS); err != nil {
		return &os.PathError{Op: "open", Path: file.Name(), Err: err}
	}
	return nil
}

// reopened is a path to what is open, wherever it is by now.
func reopened(file *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", file.Fd()) }

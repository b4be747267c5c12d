package target

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Target is the process.
type Target struct {
	PID        int
	Pidfd      *os.File
	Namespaces []Namespace // those in which this process is not
	Root, Dir  *os.File
	SameRoot   bool // as this process's
	Status
	Attributes
	Environ []string
	Filters [][]byte // seccomp programs, 8 bytes an instruction, the oldest first
	ids     [2]idMap // of its user namespace, where that is another: uids, gids
}

// tries bound how often a process is looked at that changes meanwhile.
const tries = 10

var errChanges = errors.New("it changes its namespaces, root or rights all the time")

// Open looks at a process. Errors: it is gone, keeps changing, or may not be looked
// into by this user; what it has and cannot be handed on.
func Open(pid int) (*Target, error) {
	t, err := open(pid)
	for range tries - 1 {
		if !errors.Is(err, errChanges) {
			break
		}
		t, err = open(pid)
	}
	if err != nil {
		return nil, fmt.Errorf("looking into process %d: %w", pid, err)
	}
	return t, nil
}

// open looks once. Errors: errChanges where it was another process, or another one of its own, by
// the end.
func open(pid int) (*Target, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, err
	}
	t := &Target{PID: pid, Pidfd: os.NewFile(uintptr(fd), "pidfd")}
	before, err := t.identity()
	if err == nil {
		err = t.read(before)
	}
	if err == nil {
		err = t.unchanged(before)
	}
	if err == nil {
		return t, nil
	}
	// It lets go of its namespaces before it is seen to have ended.
	if t.ended() || errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) && t.ending() {
		err = os.ErrProcessDone
	}
	t.Close()
	return nil, err
}

// ended: of a process that has, much can still be read, and nothing is to be trusted.
func (t *Target) ended() bool {
	fds := []unix.PollFd{{Fd: int32(t.Pidfd.Fd()), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, 0)
		if err != unix.EINTR {
			return n > 0 || err != nil
		}
	}
}

// ending: a process lets go of its memory, too, before it is seen to have ended, and from
// then on most of its files in /proc belong to root.
func (t *Target) ending() bool {
	status, err := os.ReadFile(t.proc("status"))
	return err != nil || !bytes.Contains(status, []byte("\nVmSize:"))
}

// unchanged: the process is there still, so that its number has been its own all the
// time, and it is what it was.
func (t *Target) unchanged(before identity) error {
	after, err := t.identity()
	switch {
	case err == nil && t.ended():
		return os.ErrProcessDone
	case err != nil:
		return err
	case after != before:
		return errChanges
	}
	return nil
}

// identity is what of it can change, and must not while it is looked at.
type identity struct {
	spaces    [len(kinds)]string
	root, dir unix.Stat_t
	status    string
}

// identity reads it.
func (t *Target) identity() (i identity, err error) {
	for n, kind := range kinds {
		if own(kind.name) == "" {
			continue
		}
		if i.spaces[n], err = os.Readlink(t.proc("ns/" + kind.name)); err != nil {
			return i, err
		}
	}
	if i.root, err = place(t.proc("root")); err != nil {
		return i, err
	}
	if i.dir, err = place(t.proc("cwd")); err != nil {
		return i, err
	}
	text, err := os.ReadFile(t.proc("status"))
	i.status = ofInterest(string(text))
	return i, err
}

// place is which directory it is, and on which mount is not known; that of a mount
// namespace's root is another one's.
func place(name string) (unix.Stat_t, error) {
	var st unix.Stat_t
	if err := unix.Stat(name, &st); err != nil {
		return st, &os.PathError{Op: "stat", Path: name, Err: err}
	}
	return unix.Stat_t{Dev: st.Dev, Ino: st.Ino}, nil
}

func (t *Target) proc(name string) string { return fmt.Sprintf("/proc/%d/%s", t.PID, name) }

// read reads what the process is and opens what of it is to be entered.
func (t *Target) read(i identity) (err error) {
	if t.Status, err = parseStatus(i.status); err != nil {
		return err
	}
	if t.Root, err = openPath(t.proc("root")); err != nil {
		return err
	}
	if t.Dir, err = openPath(t.proc("cwd")); err != nil {
		return err
	}
	if err := t.openNamespaces(i); err != nil {
		return err
	}
	here, err := place("/proc/self/root")
	t.SameRoot = err == nil && here == i.root && !t.differs(unix.CLONE_NEWNS)
	if err := t.readAttributes(); err != nil {
		return err
	}
	environ, err := os.ReadFile(t.proc("environ"))
	if err != nil {
		return err
	}
	for variable := range strings.SplitSeq(strings.TrimSuffix(string(environ), "\x00"), "\x00") {
		if name, _, ok := strings.Cut(variable, "="); ok && name != "" {
			t.Environ = append(t.Environ, variable)
		}
	}
	t.Filters, err = t.filters()
	return err
}

func openPath(name string) (*os.File, error) {
	fd, err := unix.Open(name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// Close closes its files.
func (t *Target) Close() {
	files := []*os.File{t.Pidfd, t.Root, t.Dir}
	for _, n := range t.Namespaces {
		files = append(files, n.File)
	}
	for _, file := range files {
		if file != nil {
			file.Close()
		}
	}
}

package trust

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Place is where a path leads: a name in an open directory. The name is no link, but
// for those of /proc, which stand for what is open.
type Place struct {
	Dir  *os.File
	Name string
}

// Step is what lay on the way: a directory, from the first on, or a link.
type Step struct {
	Path string
	Stat unix.Stat_t
}

// maxLinks is the kernel's own bound (MAXSYMLINKS).
const maxLinks = 40

// Walk goes where open(2) would go, up to the last name, which need not be there.
// The steps are told without a judgement. Errors: those of open(2).
func Walk(path string) (Place, []Step, error) {
	w := walk{rest: names(path)}
	err := w.begin(path)
	for err == nil && len(w.rest) > 0 {
		err = w.step()
	}
	if err != nil {
		w.at.Close()
		return Place{}, nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return Place{w.at, w.last}, w.steps, nil
}

type walk struct {
	at    *os.File // the directory that was come to
	rest  []string // names still to go
	last  string
	links int
	steps []Step
}

// names are a path's; one that ends in a slash is the directory's own, ".".
func names(path string) (names []string) {
	for name := range strings.SplitSeq(path, "/") {
		if name != "" && name != "." {
			names = append(names, name)
		}
	}
	if base := filepath.Base(path); strings.HasSuffix(path, "/") || base == "." || base == ".." {
		names = append(names, ".")
	}
	return names
}

// begin is at the root, or where slimrun is.
func (w *walk) begin(path string) error {
	start := "."
	if filepath.IsAbs(path) {
		start = "/"
	}
	if path == "" {
		return unix.ENOENT
	}
	fd, err := unix.Open(start, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return w.enter(fd, start)
}

// enter goes on in a directory.
func (w *walk) enter(fd int, path string) error {
	w.at.Close()
	w.at = os.NewFile(uintptr(fd), path)
	return w.saw(fd, path)
}

func (w *walk) saw(fd int, path string) error {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	w.steps = append(w.steps, Step{path, st})
	return err
}

// step takes the next name. A directory is opened as one: that has an automount take
// place.
func (w *walk) step() error {
	name, isLast := w.rest[0], len(w.rest) == 1
	w.rest = w.rest[1:]
	where := filepath.Join(w.at.Name(), name)
	if !isLast {
		fd, err := w.open(name, unix.O_DIRECTORY|unix.O_NOFOLLOW)
		if err == nil {
			return w.enter(fd, where)
		}
		if err != unix.ENOTDIR {
			return err
		}
	}
	fd, err := w.open(name, unix.O_NOFOLLOW)
	if err == unix.ENOENT && isLast {
		w.last = name
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	switch {
	case isLink(fd) && !isProc(fd):
		return w.follow(fd, where)
	case isLast:
		w.last = name
		return nil
	case isLink(fd):
		return w.jump(name, where)
	}
	return unix.ENOTDIR
}

func (w *walk) open(name string, flags int) (int, error) {
	return unix.Openat(int(w.at.Fd()), name, flags|unix.O_PATH|unix.O_CLOEXEC, 0)
}

// jump goes through a link of /proc, which the kernel alone can follow.
func (w *walk) jump(name, where string) error {
	fd, err := w.open(name, unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	return w.enter(fd, where)
}

// follow puts a link's names before the rest.
func (w *walk) follow(link int, path string) error {
	if w.links++; w.links > maxLinks {
		return unix.ELOOP
	}
	if err := w.saw(link, path); err != nil {
		return err
	}
	var text [unix.PathMax]byte
	n, err := unix.Readlinkat(link, "", text[:])
	if err != nil {
		return err
	}
	target := string(text[:n])
	w.rest = append(names(target), w.rest...)
	if filepath.IsAbs(target) {
		return w.begin(target)
	}
	return nil
}

func isLink(fd int) bool {
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK
}

func isProc(fd int) bool {
	var fs unix.Statfs_t
	return unix.Fstatfs(fd, &fs) == nil && fs.Type == unix.PROC_SUPER_MAGIC
}

// Open opens what is there with these flags, and follows no link that was put there
// since.
func (p Place) Open(flags int, mode uint32) (*os.File, error) {
	if !isProc(int(p.Dir.Fd())) {
		flags |= unix.O_NOFOLLOW
	}
	fd, err := unix.Openat(int(p.Dir.Fd()), p.Name, flags|unix.O_CLOEXEC, mode)
	path := filepath.Join(p.Dir.Name(), p.Name)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// Holds says whether the name is still this file's. Errors: those of stat(2); there is
// none of that name.
func (p Place) Holds(file *os.File) (bool, error) {
	flags := unix.AT_SYMLINK_NOFOLLOW
	if isProc(int(p.Dir.Fd())) {
		flags = 0
	}
	var there, own unix.Stat_t
	if err := unix.Fstatat(int(p.Dir.Fd()), p.Name, &there, flags); err != nil {
		return false, err
	}
	err := unix.Fstat(int(file.Fd()), &own)
	return there.Dev == own.Dev && there.Ino == own.Ino, err
}

// Shared says whether others than the caller and root may put something there.
func (p Place) Shared() bool {
	var st unix.Stat_t
	err := unix.Fstat(int(p.Dir.Fd()), &st)
	return err != nil || st.Mode&unix.S_ISVTX != 0 || Step{Stat: st}.trusted() != nil
}

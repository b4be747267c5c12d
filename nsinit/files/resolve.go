package files

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// resolve opens a path as if root were "/": no ".." leads out of it, and a link on the
// way is an error (kernel 5.6), also one that is put there meanwhile.
func resolve(root int, path string, flags uint64) (int, error) {
	how := unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_CLOEXEC | flags,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_SYMLINKS,
	}
	for {
		// EAGAIN: something was renamed meanwhile, and the kernel cannot tell.
		fd, err := unix.Openat2(root, path, &how)
		if err != unix.EAGAIN && err != unix.EINTR {
			return fd, err
		}
	}
}

// maxLinks is the kernel's own bound (MAXSYMLINKS).
const maxLinks = 40

// withoutLinks is where a path leads as if root were "/", without a link, and whether
// there was one. What is not there yet stays as it is.
func withoutLinks(root int, path string) (way string, linked bool, err error) {
	way, rest := "/", names(path)
	for links := 0; len(rest) > 0; {
		next := filepath.Join(way, rest[0])
		target, err := readLink(root, next)
		switch {
		case err == unix.ENOENT:
			return filepath.Join(append([]string{next}, rest[1:]...)...), linked, nil
		case err != nil:
			return "", false, err
		case target == "":
			way, rest = next, rest[1:]
			continue
		}
		if links++; links > maxLinks {
			return "", false, unix.ELOOP
		}
		if strings.HasPrefix(target, "/") {
			way = "/"
		}
		rest, linked = append(names(target), rest[1:]...), true
	}
	return way, linked, nil
}

func names(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// readLink is what a link says; "" for what is none. Those of /proc say more than their
// text, and lead anywhere.
func readLink(root int, path string) (string, error) {
	fd, err := resolve(root, path, unix.O_NOFOLLOW)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	var text [unix.PathMax]byte
	n, err := unix.Readlinkat(fd, "", text[:])
	var fs unix.Statfs_t
	switch {
	case err != nil: // it is none
		return "", nil
	case unix.Fstatfs(fd, &fs) != nil || fs.Type == unix.PROC_SUPER_MAGIC:
		return "", unix.ELOOP
	}
	return string(text[:n]), nil
}

// makePlace makes a directory or an empty file to mount on, and the
// directories on the way there; what exists stays as it is.
func makePlace(root int, path string, file bool) error {
	parent, name := splitPath(path)
	if name == "" {
		return nil
	}
	dir, err := makeDirectories(root, parent)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	if file {
		fd, err := unix.Openat(dir, name, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_CLOEXEC, 0o644)
		if err == nil {
			unix.Close(fd)
		}
		return unlessExists(err)
	}
	return unlessExists(unix.Mkdirat(dir, name, 0o755))
}

func unlessExists(err error) error {
	if err == unix.EEXIST {
		return nil
	}
	return err
}

// makeDirectories opens a directory below root, making those that are missing.
func makeDirectories(root int, path string) (int, error) {
	fd, err := resolve(root, "/", unix.O_DIRECTORY)
	walked := ""
	for name := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if err != nil || name == "" {
			break
		}
		walked += "/" + name
		next, opened := resolve(root, walked, unix.O_DIRECTORY)
		if opened == unix.ENOENT {
			if opened = unlessExists(unix.Mkdirat(fd, name, 0o755)); opened == nil {
				next, opened = resolve(root, walked, unix.O_DIRECTORY)
			}
		}
		unix.Close(fd)
		fd, err = next, opened
	}
	return fd, err
}

// makeLink makes a symlink; one that is there stays.
func makeLink(root int, path, target string) *Failure {
	parent, name := splitPath(path)
	dir, err := resolve(root, parent, unix.O_DIRECTORY)
	if err == nil {
		err = unlessExists(unix.Symlinkat(target, dir, name))
		unix.Close(dir)
	}
	if err != nil {
		return fail("making a link", path, err)
	}
	return nil
}

func isDirectory(fd int) bool {
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}

// splitPath is the parent and the last name of a path.
func splitPath(path string) (parent, name string) {
	path = strings.TrimRight(path, "/")
	i := strings.LastIndexByte(path, '/')
	return path[:i+1], path[i+1:]
}

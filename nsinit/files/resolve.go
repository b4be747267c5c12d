package files

import (
	"strings"

	"golang.org/x/sys/unix"
)

// resolve opens a path as if root were "/": neither "..", nor a symlink, nor
// one of /proc's magic ones leads out of it (kernel 5.6).
func resolve(root int, path string, flags uint64) (int, error) {
	how := unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_CLOEXEC | flags,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	}
	for {
		// EAGAIN: something was renamed meanwhile, and the kernel cannot tell.
		fd, err := unix.Openat2(root, path, &how)
		if err != unix.EAGAIN && err != unix.EINTR {
			return fd, err
		}
	}
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

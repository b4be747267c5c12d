package trust

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/problem"
)

// ReadFile reads a file that nobody but the caller and root could have written or put
// there: neither it nor a directory or link on the way is another's, nor may others
// write to them. Errors: those of open(2), also where there is nothing to read; it is
// no file; who else could have.
func ReadFile(path string) ([]byte, error) {
	place, steps, err := Walk(path)
	if err != nil {
		return nil, err
	}
	defer place.Dir.Close()
	file, err := place.Open(unix.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		return nil, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, fmt.Errorf("%s: want a file", path)
	}
	for _, step := range append(steps, Step{file.Name(), st}) {
		if err := step.trusted(); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(file)
}

// trusted is nil where nobody else could have changed what lies there. In a directory
// such as /tmp (sticky) others may make what they like, but not change what is not
// theirs.
func (s Step) trusted() error {
	kind := s.Stat.Mode & unix.S_IFMT
	switch {
	case !Own(s.Stat.Uid):
		return problem.Errorf(fmt.Sprintf("look at what is there, then `chown -h %d %s`", os.Geteuid(), s.Path),
			"%q belongs to uid %d: want uid %d or root", s.Path, s.Stat.Uid, os.Geteuid())
	case kind == unix.S_IFLNK, kind == unix.S_IFDIR && s.Stat.Mode&unix.S_ISVTX != 0:
		return nil
	case s.Stat.Mode&0o022 != 0:
		return problem.Errorf(fmt.Sprintf("look at what is there, then `chmod go-w %s`", s.Path),
			"%q has mode %04o: others can write to it", s.Path, s.Stat.Mode&0o7777)
	}
	return nil
}

// Own says whether a file of that uid is the caller's or root's. Where root is not
// mapped, in a user namespace, it shows as whom "/" belongs to.
func Own(uid uint32) bool {
	if uid == 0 || uid == uint32(os.Geteuid()) {
		return true
	}
	var root unix.Stat_t
	return unix.Stat("/", &root) == nil && root.Uid == uid
}

package trust

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/moby/sys/user"
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
	if err := trusted(append(steps, Step{file.Name(), st})); err != nil {
		return nil, err
	}
	return io.ReadAll(file)
}

// Way is nil where nobody but the caller and root could have put something on the way
// to a path; what it names itself is not looked at, nor need it be there. Errors: those
// of open(2), and who else could have.
func Way(path string) error {
	place, steps, err := Walk(path)
	if err != nil {
		return err
	}
	place.Dir.Close()
	return trusted(steps)
}

func trusted(steps []Step) error {
	for _, step := range steps {
		if err := step.trusted(); err != nil {
			return err
		}
	}
	return nil
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
	case s.Stat.Mode&0o002 != 0, s.Stat.Mode&0o020 != 0 && !private("/etc", s.Stat.Uid, s.Stat.Gid):
		return problem.Errorf(fmt.Sprintf("look at what is there, then `chmod go-w %s`", s.Path),
			"%q has mode %04o: others can write to it", s.Path, s.Stat.Mode&0o7777)
	}
	return nil
}

// private says whether a group is a user's own, of that name: many machines let such a
// group write to whatever its user makes (pam_umask(8), usergroups).
func private(etc string, uid, gid uint32) bool {
	users, err1 := user.ParsePasswdFileFilter(etc+"/passwd", func(u user.User) bool {
		return u.Uid == int(uid) || u.Gid == int(gid)
	})
	groups, err2 := user.ParseGroupFileFilter(etc+"/group", func(g user.Group) bool { return g.Gid == int(gid) })
	if err1 != nil || err2 != nil || len(users) != 1 || len(groups) != 1 || uid == 0 {
		return false
	}
	owner, group := users[0], groups[0]
	other := func(name string) bool { return name != owner.Name }
	return owner.Uid == int(uid) && owner.Name == group.Name && !slices.ContainsFunc(group.List, other)
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

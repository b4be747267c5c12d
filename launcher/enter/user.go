package enter

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/moby/sys/user"
	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit"
)

// environment is the payload's, with what was asked for over it, and the caller's TERM
// where the caller's terminal is before it.
func (e *entry) environment() []string {
	asked := e.asked.Env
	if len(e.pty.Inside().Stdio) > 0 {
		asked = append([]string{"TERM"}, asked...)
	}
	env := append([]string{}, e.payload.Environ...)
	for _, assignment := range asked {
		name, _, hasValue := strings.Cut(assignment, "=")
		if !hasValue {
			value, set := os.LookupEnv(name)
			if !set {
				continue
			}
			assignment = name + "=" + value
		}
		env = with(env, name, assignment)
	}
	return env
}

func with(env []string, name, assignment string) []string {
	kept := env[:0]
	for _, have := range env {
		if !strings.HasPrefix(have, name+"=") {
			kept = append(kept, have)
		}
	}
	return append(kept, assignment)
}

// user is who the command is to be, as the run's own /etc/passwd and /etc/group have
// it; nil for who the payload is.
func (e *entry) user() (*nsinit.User, error) {
	if e.asked.User == "" {
		return nil, nil
	}
	found, err := e.lookup()
	if err != nil {
		return nil, fmt.Errorf("-u %q: %w", e.asked.User, err)
	}
	as := &nsinit.User{UID: uint32(found.Uid), GID: uint32(found.Gid)}
	for _, group := range found.Sgids {
		as.Groups = append(as.Groups, uint32(group))
	}
	uid, err := e.payload.UIDInside(e.payload.UID[1])
	if err == nil && uid == as.UID && !strings.Contains(e.asked.User, ":") {
		return nil, nil // it is that already, with the groups that it has
	}
	return as, nil
}

// lookup has no more of the run than these two files: as the payload sees them, small,
// plain, and soon: whoever made them may be hostile.
func (e *entry) lookup() (*user.ExecUser, error) {
	type answer struct {
		found *user.ExecUser
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		passwd, err1 := e.read("etc/passwd")
		groups, err2 := e.read("etc/group")
		if err := errors.Join(err1, err2); err != nil {
			answers <- answer{err: err}
			return
		}
		const nobody = -1
		found, err := user.GetExecUser(e.asked.User, &user.ExecUser{Uid: nobody, Gid: nobody},
			strings.NewReader(passwd), strings.NewReader(groups))
		if err == nil && (found.Gid == nobody || found.Uid == nobody) {
			err = errors.New("want USER:GROUP: the run's /etc/passwd has no such user, so there is no group of its own")
		}
		answers <- answer{found, err}
	}()
	select {
	case a := <-answers:
		return a.found, a.err
	case <-time.After(5 * time.Second):
		return nil, errors.New("the run's /etc/passwd or /etc/group cannot be read in time")
	}
}

// most is how much of such a file is read.
const most = 1 << 20

// read reads a file of the run's, by its root; none is an empty one.
func (e *entry) read(name string) (string, error) {
	how := unix.OpenHow{
		Flags:   unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	}
	fd, err := unix.Openat2(int(e.payload.Root.Fd()), name, &how)
	if errors.Is(err, unix.ENOENT) {
		return "", nil
	}
	if err != nil {
		return "", &os.PathError{Op: "open", Path: "/" + name, Err: err}
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > most {
		return "", fmt.Errorf("the run's /%s is no plain file of at most %d bytes", name, most)
	}
	text, err := io.ReadAll(io.LimitReader(file, most))
	return string(text), err
}

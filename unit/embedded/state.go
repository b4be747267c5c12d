package embedded

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// state is what a launcher must know of the living manager. Its file's lock
// says whether it lives: an open-file-description lock (fcntl(2), Linux 3.15),
// because those can be looked at without being taken, from any namespace.
type state struct {
	pid       int    // in the supervisor's PID namespace
	namespace uint64 // inode of the manager's own
}

// readState returns the state of a manager that is alive and ready.
func (r registry) readState() (state, bool) {
	fd, err := unix.Open(r.path("state"), unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return state{}, false
	}
	defer unix.Close(fd)
	probe := unix.Flock_t{Type: unix.F_RDLCK}
	if err := unix.FcntlFlock(uintptr(fd), unix.F_OFD_GETLK, &probe); err != nil || probe.Type == unix.F_UNLCK {
		return state{}, false
	}
	buf := make([]byte, 64)
	n, err := linux.Read(fd, buf)
	if err != nil {
		return state{}, false
	}
	return parseState(string(buf[:n]))
}

// parseState reads "PID NAMESPACE\n"; the newline tells that it is whole.
func parseState(text string) (state, bool) {
	line, whole := strings.CutSuffix(text, "\n")
	pid, namespace, found := strings.Cut(line, " ")
	if !whole || !found {
		return state{}, false
	}
	number, err1 := strconv.Atoi(pid)
	inode, err2 := strconv.ParseUint(namespace, 10, 64)
	return state{number, inode}, err1 == nil && err2 == nil && number > 0
}

// ownState locks the state file for as long as the manager will live; another
// supervisor that is still ending is waited for. The state starts empty.
func (r registry) ownState(ctx context.Context) (*os.File, error) {
	file, err := r.open("state")
	if err != nil {
		return nil, err
	}
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	err = linux.Await(ctx, file, func() error { return unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLKW, &lock) })
	if err != nil {
		return nil, fmt.Errorf("waiting for the last supervisor to end (it locks %q): %w", file.Name(), err)
	}
	return file, file.Truncate(0)
}

// publish makes the manager known.
func (s state) publish(file *os.File) error {
	if _, err := file.WriteAt(fmt.Appendf(nil, "%d %d\n", s.pid, s.namespace), 0); err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	return nil
}

package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// registry is the directory where all runs of root meet their manager:
//
//	users    locked shared by every run, alone by the supervisor that ends
//	boot     locked by who boots, names its process
//	state    locked by the supervisor while its manager lives (see state)
//	log      the manager's last words
//	systemd  the manager's /run/systemd: its socket has a plain path
//
// The files that are locked are never removed: a lock on a removed file would
// exclude nobody.
type registry struct {
	dir     string
	systemd []string      // where the machine's systemd may be, the first found is taken
	linger  time.Duration // how long an idle manager stays: a script's next run finds it
}

func defaultRegistry() registry {
	return registry{
		dir:     "/run/slimrun/embedded",
		systemd: Systemd(),
		linger:  3 * time.Second,
	}
}

// Systemd is where the machine's may be.
func Systemd() []string { return []string{"/usr/lib/systemd/systemd", "/lib/systemd/systemd"} }

func (r registry) path(name string) string { return filepath.Join(r.dir, name) }

func (r registry) socket() string { return r.path("systemd/private") }

func (r registry) logHint() string { return fmt.Sprintf("its last words are in %s", r.path("log")) }

// check makes the registry and its parent, and refuses to trust them where
// anybody but root could have put something in.
func (r registry) check() error {
	for _, dir := range []string{filepath.Dir(r.dir), r.dir} {
		if err := checkRootDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// checkRootDir makes one of the two. Errors: it is a link, not root's, or others may write to it.
func checkRootDir(dir string) error {
	var st unix.Stat_t
	err := unix.Lstat(dir, &st)
	if errors.Is(err, os.ErrNotExist) {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("making the embedded manager's directory: %w", err)
		}
		err = unix.Lstat(dir, &st)
	}
	switch {
	case err != nil:
		return fmt.Errorf("checking the embedded manager's directory %q: %w", dir, err)
	case st.Mode&unix.S_IFMT != unix.S_IFDIR:
		return untrusted(dir, "is not a directory (a symbolic link will not do)")
	case st.Uid != 0:
		return untrusted(dir, fmt.Sprintf("belongs to uid %d, want root", st.Uid))
	case st.Mode&0o022 != 0:
		return untrusted(dir, fmt.Sprintf("has mode %04o, want 0700: others can write to it", st.Mode&0o7777))
	}
	return nil
}

func untrusted(dir, why string) error {
	return problem.Errorf(fmt.Sprintf("look at what is there, then `rm -r %s`: slimrun makes it anew", dir),
		"the embedded manager's directory %q %s", dir, why)
}

// open opens a file of the registry, which check has found to be root's alone.
func (r registry) open(name string) (*os.File, error) {
	fd, err := unix.Open(r.path(name), unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", r.path(name), err)
	}
	return os.NewFile(uintptr(fd), r.path(name)), nil
}

// hold locks users shared and marks the time: a lingering supervisor sees
// that somebody came. It waits only while a supervisor is ending.
func (r registry) hold(ctx context.Context) (*os.File, error) {
	users, err := r.open("users")
	if err != nil {
		return nil, err
	}
	if err := linux.Lock(ctx, users, unix.LOCK_SH); err != nil {
		return nil, problem.Errorf("is slimrun-supervisor stopped? `ps -C slimrun-supervi`",
			"waiting for the last embedded manager to end: %w", err)
	}
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, users.Name(), nil, 0); err != nil {
		users.Close()
		return nil, fmt.Errorf("marking %q: %w", users.Name(), err)
	}
	return users, nil
}

// lockBoot waits for its turn to boot.
func (r registry) lockBoot(ctx context.Context) (*os.File, error) {
	lock, err := r.open("boot")
	if err != nil {
		return nil, err
	}
	if err := linux.Lock(ctx, lock, unix.LOCK_EX); err != nil {
		holder, _ := os.ReadFile(lock.Name())
		return nil, problem.Errorf("is that process stopped? "+r.logHint(),
			"another run's boot of the embedded manager (%s) is not done: %w", strings.TrimSpace(string(holder)), err)
	}
	return lock, nil
}

// FindSystemd returns the first of these that is there. Errors: none, or one
// that somebody else than root could have written.
func FindSystemd(paths []string) (string, error) {
	for _, path := range paths {
		var st unix.Stat_t
		switch err := unix.Stat(path, &st); {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return "", fmt.Errorf("checking systemd %q: %w", path, err)
		case st.Mode&unix.S_IFMT != unix.S_IFREG || st.Uid != 0 || st.Mode&0o022 != 0:
			return "", problem.Errorf("reinstall systemd, or give it back: "+
				fmt.Sprintf("`chown root %[1]s && chmod 755 %[1]s`", path),
				"%q is not a program of root's that only root can write (uid %d, mode %06o): it will not be "+
					"run", path, st.Uid, st.Mode)
		}
		return path, nil
	}
	return "", problem.Errorf("install it: `apt-get install systemd`, `dnf install systemd`; it need not be booted",
		"no systemd is installed: %s not found", strings.Join(paths, ", "))
}

// RoomInRun is the remedy where /run has no room, or no inode, left.
const RoomInRun = "`df -h /run; df -i /run` shows what /run has left: make room there"

// Full says whether the manager has no room left, or no inode, for what it writes down.
func (h *Hold) Full() bool {
	var st unix.Statfs_t
	if unix.Statfs(h.registry.dir, &st) != nil {
		return false
	}
	return st.Blocks > 0 && st.Bavail == 0 || st.Files > 0 && st.Ffree == 0
}

// explainFull says what to do where /run has no room, or no inode, left.
func explainFull(err error) error {
	if !errors.Is(err, unix.ENOSPC) {
		return err
	}
	return problem.Of(err, RoomInRun)
}

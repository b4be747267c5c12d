package unit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// remove removes the directories bottom-up, and before them whoever has
// outlived the manager there (its own death may still be under way).
func (t tree) remove() error {
	var errs []error
	for _, b := range t {
		errs = append(errs, removeCgroup(b.dir))
	}
	return errors.Join(errs...)
}

func removeCgroup(dir string) error {
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			dirs = append(dirs, path)
		}
		return ignoreMissing(err)
	})
	for i := len(dirs) - 1; i >= 0 && err == nil; i-- {
		if err = evict(dirs[i]); err == nil {
			err = ignoreMissing(unix.Rmdir(dirs[i]))
		}
	}
	if err != nil {
		return fmt.Errorf("removing the cgroup %q: %w", dir, err)
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENODEV) { // ENODEV: a file of a cgroup just removed
		return nil
	}
	return err
}

// evict kills the processes of a cgroup and waits for each one's end.
func evict(dir string) error {
	content, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		return ignoreMissing(err)
	}
	for _, field := range strings.Fields(string(content)) {
		pid, err := strconv.Atoi(field)
		if err != nil || pid <= 0 { // 0: a process that this PID namespace does not show
			continue
		}
		if err := linux.KillAndWait(pid, 5*time.Second); err != nil {
			return fmt.Errorf("killing process %d in %q: %w", pid, dir, err)
		}
	}
	return nil
}

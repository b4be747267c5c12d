package cgroup

import (
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// walk visits the directory of a cgroup and those below it, a parent before what is in
// it; what goes meanwhile is left out. A visit's error ends it, fs.SkipAll as none.
func walk(dir string, visit func(dir string) error) error {
	err := visitAll(dir, visit)
	if err == fs.SkipAll {
		return nil
	}
	return err
}

// visitAll is walk, whose fs.SkipAll ends it as an error does.
func visitAll(dir string, visit func(dir string) error) error {
	if err := visit(dir); err != nil {
		return err
	}
	if isLeaf(dir) {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return linux.IgnoreMissing(err)
	}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		if err := visitAll(filepath.Join(dir, entry.Name()), visit); err != nil {
			return err
		}
	}
	return nil
}

// isLeaf says whether nothing is below a directory, by the kernel's count: it has 2 links
// and one from each below (kernfs_refresh_inode). A cgroup has 30 files or more to look
// through for those.
func isLeaf(dir string) bool {
	var st unix.Stat_t
	return unix.Lstat(dir, &st) == nil && st.Nlink == 2
}

package nsinit

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// What fails because somebody else was at it just then is done again, with the
// calls that led to it: here the file comes a step nearer each time.
func TestPerformTriesAgain(t *testing.T) {
	dir := t.TempDir()
	near, next, far := filepath.Join(dir, "near"), filepath.Join(dir, "next"), filepath.Join(dir, "far")
	if err := os.WriteFile(far, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	list := &calls{ark: &ark{}}
	for _, move := range [][2]string{{next, near}, {far, next}} {
		list.add("moving", "", unix.SYS_RENAMEAT2, unix.AT_FDCWD, move[0], unix.AT_FDCWD, move[1], 0).ignored = unix.ENOENT
	}
	last := list.add("removing", near, unix.SYS_UNLINKAT, unix.AT_FDCWD, near, 0)
	last.passing, last.back, last.tries = unix.ENOENT, 2, 2
	new(process).perform(list.list)
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v (%v), want nothing", left, err)
	}
	if list.list[2].tries != 1 {
		t.Errorf("%d tries left, want 1", list.list[2].tries)
	}
}

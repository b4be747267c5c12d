package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every directory is visited, a parent first; what is no directory is not, and a visit's
// error ends it.
func TestWalk(t *testing.T) {
	top := t.TempDir()
	for _, dir := range []string{"a/b/c", "a/d", "e"} {
		if err := os.MkdirAll(filepath.Join(top, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(top, "a/cgroup.procs"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var seen []string
	visit := func(until string, end error) func(string) error {
		seen = nil
		return func(dir string) error {
			name, _ := filepath.Rel(top, dir)
			seen = append(seen, name)
			if name == until {
				return end
			}
			return nil
		}
	}
	if err := walk(top, visit("", nil)); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{".", "a", "a/b", "a/b/c", "a/d", "e"}, seen); diff != "" {
		t.Error(diff)
	}
	if err := walk(top, visit("a/b", fs.SkipAll)); err != nil || len(seen) != 3 {
		t.Errorf("%v, after %v", err, seen)
	}
	bad := errors.New("bad")
	if err := walk(top, visit("a", bad)); err != bad || len(seen) != 2 {
		t.Errorf("%v, after %v", err, seen)
	}
	if err := walk(top+"/gone", visit("", nil)); err != nil || len(seen) != 1 {
		t.Errorf("of what is not there: %v, after %v", err, seen)
	}
}

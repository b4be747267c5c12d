package cgroup

import (
	"os"
	"path/filepath"
	"testing"
)

// A launch is not made slower by looks at counters that nothing has changed.
func TestWatchLooksAtChangesAlone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "memory.events")
	if err := os.WriteFile(name, []byte("oom 0\noom_kill 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := &Watch{notifier: file, events: file}
	w.follow() // ends at once: nobody can wait for a plain file
	if seen := w.last.Load(); seen != nil {
		t.Errorf("looked at %+v before anything changed", *seen)
	}
	before := reread(file)
	if err := os.WriteFile(name, []byte("oom 1\noom_kill 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !w.changed(file.Fd(), &before) {
		t.Error("a kill is no change")
	}
	if w.changed(file.Fd(), &before) {
		t.Error("a change is one twice")
	}
}

package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slimrun/slimrun/unit/problem"
)

func TestHostileRegistry(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: another owner is refused before all else")
	}
	tests := map[string]struct {
		spoil func(dir string) error
		want  string
	}{
		"foreign owner":  {func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, 1000, 0)) }, "belongs to uid 1000, want root"},
		"world-writable": {func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o1777)) }, "others can write"},
		"symbolic link":  {func(dir string) error { return os.Symlink("/tmp", dir) }, "is not a directory"},
		"file":           {func(dir string) error { return os.WriteFile(dir, nil, 0o600) }, "is not a directory"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := registry{dir: filepath.Join(t.TempDir(), "embedded")}
			if err := test.spoil(r.dir); err != nil {
				t.Fatal(err)
			}
			if _, err := r.join(testContext(t)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("join: %v, want %q", err, test.want)
			}
		})
	}
}

func TestHostileParent(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: another owner is refused before all else")
	}
	parent := t.TempDir()
	if err := os.Chmod(parent, 0o777); err != nil {
		t.Fatal(err)
	}
	r := registry{dir: filepath.Join(parent, "embedded")}
	if _, err := r.join(testContext(t)); err == nil || !strings.Contains(err.Error(), "others can write") {
		t.Errorf("join: %v, want it to refuse the parent", err)
	}
}

// B1: no manager within reach, and none to start.
func TestNoSystemd(t *testing.T) {
	r := testRegistry(t)
	r.systemd = []string{"/nonexistent/systemd"}
	_, err := r.join(testContext(t))
	var known *problem.Problem
	if !errors.As(err, &known) || !strings.Contains(known.Remedy, "apt-get install systemd") {
		t.Errorf("join: %v, want a hint to install systemd", err)
	}
}

func TestForeignSystemd(t *testing.T) {
	r := testRegistry(t)
	path := filepath.Join(t.TempDir(), "systemd")
	if err := errors.Join(os.WriteFile(path, nil, 0o755), os.Chown(path, 1000, 0)); err != nil {
		t.Fatal(err)
	}
	r.systemd = []string{path}
	if _, err := r.join(testContext(t)); err == nil || !strings.Contains(err.Error(), "will not be run") {
		t.Errorf("join: %v, want it to refuse another's program", err)
	}
}

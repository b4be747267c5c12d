package unit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/wire"
)

func TestParseKind(t *testing.T) {
	for name, want := range map[string]Kind{"system": SystemKind, "user": UserKind, "embedded": EmbeddedKind} {
		if got, err := ParseKind(name, 0); got != want || err != nil {
			t.Errorf("ParseKind(%q) = %q, %v", name, got, err)
		}
	}
	if got, err := ParseKind("", 1000); got != UserKind || err != nil {
		t.Errorf("the default of a user is %q, %v", got, err)
	}
	for _, name := range []string{"System", "docker", " "} {
		if got, err := ParseKind(name, 0); err == nil {
			t.Errorf("ParseKind(%q) = %q, want an error", name, got)
		}
	}
}

// Row B17: a runtime directory of another uid, as su leaves it, is not used.
func TestRuntimeDirOfAnother(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it gives a directory away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 1000, 1000); err != nil {
		t.Fatal(err)
	}
	m, err := openUser(1000, dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range m.sockets {
		if s.Owner != 1000 || !strings.HasPrefix(s.Path, dir) {
			t.Errorf("socket %+v, want it in %s and owned by 1000", s, dir)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		uid  int
		dir  string
		want string
	}{
		"B17 another's": {1001, dir, "belongs to uid 1000, not to you (uid 1001)"},
		"B17 root":      {0, dir, "not to you (uid 0)"},
		"B17 a link":    {1000, link, "XDG_RUNTIME_DIR"},
		"B17 a file":    {0, file, "XDG_RUNTIME_DIR"},
		"B1 missing":    {1000, filepath.Join(dir, "none"), "none"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := openUser(c.uid, c.dir); err == nil || !strings.Contains(err.Error(), c.want) ||
				problem.Remedy(err) == "" {
				t.Errorf("error %v, hint %q, want %q and a hint", err, problem.Remedy(err), c.want)
			}
		})
	}
}

// Row B1: each manager out of reach says what would mend it.
func TestUnreachable(t *testing.T) {
	for kind, want := range map[Kind]string{
		SystemKind: "the system manager cannot be reached", UserKind: "systemd --user",
		EmbeddedKind: "the embedded manager cannot be reached",
	} {
		m := &Manager{Kind: kind, sockets: []wire.Socket{own("/nonexistent/private")}}
		err := m.Dial(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), want) || problem.Remedy(err) == "" ||
			!errors.Is(err, fs.ErrNotExist) {
			t.Errorf("B1 %s: %v, hint %q, want %q", kind, err, problem.Remedy(err), want)
		}
	}
}

func TestHangupTwice(t *testing.T) {
	m := dialFake(t, newFake(t, nil))
	m.Hangup()
	m.Hangup()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

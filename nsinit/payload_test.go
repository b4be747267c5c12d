package nsinit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// started runs a command without any namespace, and returns the failure to do
// so, or the path that it was found under: it must say its own name.
func started(t *testing.T, name, path string) (string, *Failure) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	held, err := Hold(Clone{}, &Config{
		Argv: []string{name}, PassFDs: []int{int(w.Fd())},
		Env: []string{fmt.Sprintf("FD=%d", w.Fd()), "XPATH=/bin", "PATH=" + path, "PATH=/bin"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer end(t, held)
	held.Go()
	w.Close()
	for event := range held.Events {
		switch event.Kind {
		case Failed:
			return "", event.Failure
		case Exited:
			if event.Number != 0 {
				t.Fatalf("wait status %d", event.Number)
			}
			return said(r, held), nil
		}
	}
	t.Fatal("the init ended without a word")
	return "", nil
}

// Rows A6 A7 A9: the lookup in PATH, and by a path.
func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, mode := range map[string]os.FileMode{
		"one/tool": 0o755, "two/tool": 0o755, "two/plain": 0o644, "three/plain": 0o755, "here": 0o755,
	} {
		write(t, filepath.Join(dir, name), "#!/bin/sh\necho $0 >/proc/self/fd/$FD\n", mode)
	}
	write(t, filepath.Join(dir, "one/lost"), "#!/no/such/interpreter\n", 0o755)
	write(t, filepath.Join(dir, "one/text"), "no program\n", 0o755)
	if err := os.MkdirAll("one/dir", 0o755); err != nil {
		t.Fatal(err)
	}
	one, two, three := dir+"/one", dir+"/two", dir+"/three"
	for _, c := range []struct {
		row, name, path, want string
		step                  string
		errno                 syscall.Errno
	}{
		{"first of two", "tool", one + ":" + two, one + "/tool", "", 0},
		{"second", "tool", dir + "/none:" + two, two + "/tool", "", 0},
		{"A7 then one that runs", "plain", two + ":" + three, three + "/plain", "", 0},
		{"A7 mode 0644", "plain", two + ":" + one, two + "/plain", StepFind, syscall.EACCES},
		{"A7 directory", "dir", one, one + "/dir", StepFind, syscall.EACCES},
		{"A7 mode 0644 by path", two + "/plain", "", two + "/plain", StepFind, syscall.EACCES},
		{"A7 directory by path", "one/dir", "", "one/dir", StepFind, syscall.EACCES},
		{"A7 root directory", "/", "", "/", StepFind, syscall.EACCES},
		{"A8 no program", "text", one, one + "/text", StepExec, syscall.ENOEXEC},
		{"A8 no interpreter", "lost", one, one + "/lost", StepExec, syscall.ENOENT},
		{"A6 missing", "nosuch", one + ":" + two, "nosuch", StepFind, syscall.ENOENT},
		{"A6 missing by path", "./nosuch", one, "./nosuch", StepFind, syscall.ENOENT},
		{"A6 below a file", "one/tool/x", one, "one/tool/x", StepFind, syscall.ENOTDIR},
		{"A6 a name too long", strings.Repeat("x", 300), one, strings.Repeat("x", 300), StepFind, syscall.ENOENT},
		{"A9 empty", "", one, "", StepFind, syscall.ENOENT},
		{"not the working directory", "here", one, "here", StepFind, syscall.ENOENT},
		{"working directory, empty element", "here", one + ":", "./here", "", 0},
		{"working directory, empty PATH", "here", "", "./here", "", 0},
		{"by path, PATH does not matter", "one/tool", "", "one/tool", "", 0},
		{"A4 a flag's name", "--memory", one, "--memory", StepFind, syscall.ENOENT},
	} {
		t.Run(c.row, func(t *testing.T) {
			got, failure := started(t, c.name, c.path)
			want := &Failure{Step: c.step, Object: c.want, Errno: c.errno}
			switch {
			case c.step != "" && !cmp.Equal(failure, want):
				t.Errorf("found %q, %v, want %v", got, failure, want)
			case c.step == "" && (failure != nil || got != c.want+"\n"):
				t.Errorf("found %q, %v, want %q", got, failure, c.want)
			}
		})
	}
}

func TestSearchPathWithoutPATH(t *testing.T) {
	if got := searchPath([]string{"HOME=/"}); !strings.Contains(got, "/usr/bin:/bin") {
		t.Errorf("without PATH it is %q", got)
	}
}

func write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// A NUL cannot be said to the kernel: an error, not a shorter word.
func TestNoNUL(t *testing.T) {
	for _, config := range []Config{
		{Argv: []string{"true", "a\x00b"}},
		{Argv: []string{"true"}, Env: []string{"A=\x00"}},
		{Argv: []string{"true"}, Dir: "/\x00"},
	} {
		held, err := Hold(Clone{}, &config)
		if err == nil {
			end(t, held)
			t.Fatalf("%+v was taken", config)
		}
		if asFailure(t, err).Errno != syscall.EINVAL {
			t.Error(err)
		}
	}
}

package nsinit

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

const none = ^uintptr(0)

func TestPayloadFiles(t *testing.T) {
	for _, c := range []struct {
		numbers []int
		want    []uintptr
	}{
		{nil, []uintptr{0, 1, 2}},
		{[]int{3}, []uintptr{0, 1, 2, 4}},
		{[]int{5}, []uintptr{0, 1, 2, none, none, 4}},
		{[]int{6, 3}, []uintptr{0, 1, 2, 5, none, none, 4}},
		{[]int{4, 3}, []uintptr{0, 1, 2, 5, 4}},
	} {
		if diff := cmp.Diff(c.want, payloadFiles(c.numbers)); diff != "" {
			t.Errorf("%v: %s", c.numbers, diff)
		}
	}
}

// Rows A6 A7 A9: the lookup in PATH, and by a path.
func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, mode := range map[string]os.FileMode{"one/tool": 0o755, "two/tool": 0o755, "two/plain": 0o644, "three/plain": 0o755, "here": 0o755} {
		write(t, filepath.Join(dir, name), mode)
	}
	if err := os.MkdirAll("one/dir", 0o755); err != nil {
		t.Fatal(err)
	}
	one, two, three := dir+"/one", dir+"/two", dir+"/three"
	for _, c := range []struct {
		row, name, path, want string
		errno                 syscall.Errno
	}{
		{"first of two", "tool", one + ":" + two, one + "/tool", 0},
		{"second", "tool", dir + "/none:" + two, two + "/tool", 0},
		{"A7 then one that runs", "plain", two + ":" + three, three + "/plain", 0},
		{"A7 mode 0644", "plain", two + ":" + one, "", syscall.EACCES},
		{"A7 directory", "dir", one, "", syscall.EACCES},
		{"A7 mode 0644 by path", two + "/plain", "", two + "/plain", syscall.EACCES},
		{"A7 directory by path", "one/dir", "", "one/dir", syscall.EACCES},
		{"A7 root directory", "/", "", "/", syscall.EACCES},
		{"A6 missing", "nosuch", one + ":" + two, "", syscall.ENOENT},
		{"A6 missing by path", "./nosuch", one, "./nosuch", syscall.ENOENT},
		{"A6 below a file", "one/tool/x", one, "one/tool/x", syscall.ENOTDIR},
		{"A9 empty name", "", one, "", syscall.ENOENT},
		{"not the working directory", "here", one, "", syscall.ENOENT},
		{"working directory, empty element", "here", one + ":", "./here", 0},
		{"working directory, empty PATH", "here", "", "./here", 0},
		{"by path, PATH does not matter", "one/tool", "", "one/tool", 0},
		{"A4 a flag's name", "--memory", one, "", syscall.ENOENT},
	} {
		t.Run(c.row, func(t *testing.T) {
			got, failure := find(c.name, []string{"XPATH=/bin", "PATH=" + c.path, "PATH=/bin"})
			switch {
			case got != c.want:
				t.Errorf("found %q, want %q", got, c.want)
			case failure == nil && c.errno != 0, failure != nil && failure.Errno != c.errno:
				t.Errorf("failure %v, want %v", failure, c.errno)
			case failure != nil && failure.Step != StepFind:
				t.Errorf("step %q, want %q", failure.Step, StepFind)
			}
		})
	}
}

func TestSearchPathWithoutPATH(t *testing.T) {
	if got := searchPath([]string{"HOME=/"}); !strings.Contains(got, "/usr/bin:/bin") {
		t.Errorf("without PATH it is %q", got)
	}
}

func write(t *testing.T, name string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"), mode); err != nil {
		t.Fatal(err)
	}
}

// Row T10: a descriptor moves out of the way under a low limit too, and never
// onto a number that the payload expects.
func TestMoveFD(t *testing.T) {
	file, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, numbers := range [][]int{nil, {3}, {40, 41}, {41, 40}, {100}} {
		fd, err := moveFD(int(file.Fd()), numbers)
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(fd)
		last := controlFD + len(numbers)
		for _, number := range numbers {
			last = max(last, number)
		}
		if fd <= last || fd > 255 {
			t.Errorf("with %v to pass it moved to %d", numbers, fd)
		}
	}
}

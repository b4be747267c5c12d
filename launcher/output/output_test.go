package output

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const text = "content\n"

// write opens, lets something happen, and writes.
func write(t *testing.T, target string, meanwhile func()) error {
	t.Helper()
	file, err := Open(target)
	if err != nil {
		t.Fatal(err)
	}
	meanwhile()
	return file.Write(context.Background(), []byte(text))
}

func content(t *testing.T, path string) string {
	t.Helper()
	found, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return string(found)
}

// Row R2: whatever is put in the file's place while it is open is left alone, and said;
// a place that is empty is filled.
func TestReplaced(t *testing.T) {
	for what, c := range map[string]struct {
		put  func() error
		want string // in the error
		at   string // where the content is
	}{
		"nothing":       {func() error { return nil }, "", "out/f"},
		"removed":       {func() error { return os.Remove("out/f") }, "", "out/f"},
		"renamed":       {func() error { return os.Rename("out/f", "out/g") }, "", "out/f"},
		"moved along":   {func() error { return errors.Join(os.Rename("out", "gone"), os.Symlink("other", "out")) }, "", "gone/f"},
		"all removed":   {func() error { return os.RemoveAll("out") }, "cannot be made again: no such file", ""},
		"a link":        {func() error { os.Remove("out/f"); return os.Symlink("../precious", "out/f") }, "something else there", ""},
		"a dead link":   {func() error { os.Remove("out/f"); return os.Symlink("../none", "out/f") }, "something else there", ""},
		"another name":  {func() error { os.Remove("out/f"); return os.Link("precious", "out/f") }, "something else there", ""},
		"a FIFO":        {func() error { os.Remove("out/f"); return unix.Mkfifo("out/f", 0o600) }, "something else there", ""},
		"a directory":   {func() error { os.Remove("out/f"); return os.Mkdir("out/f", 0o700) }, "something else there", ""},
		"a name beside": {func() error { return os.Link("out/f", "out/g") }, "", "out/g"},
	} {
		t.Chdir(t.TempDir())
		for _, err := range []error{
			os.Mkdir("out", 0o700), os.Mkdir("other", 0o700), os.WriteFile("precious", []byte("mine"), 0o600),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		err := write(t, "out/f", func() {
			if err := c.put(); err != nil {
				t.Fatal(err)
			}
		})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
		if c.at != "" && content(t, c.at) != text {
			t.Errorf("%s: %s is %q", what, c.at, content(t, c.at))
		}
		if got := content(t, "precious"); got != "mine" {
			t.Errorf("%s: overwritten by %q", what, got)
		}
		if entries, _ := os.ReadDir("other"); len(entries) > 0 {
			t.Errorf("%s: written to where a link leads", what)
		}
		if _, err := os.Lstat("none"); err == nil {
			t.Errorf("%s: made by way of a link", what)
		}
	}
}

// A file that was there stays the same one.
func TestSameFile(t *testing.T) {
	t.Chdir(t.TempDir())
	os.WriteFile("f", []byte(strings.Repeat("x", 99)), 0o640)
	os.Symlink("f", "link")
	before, _ := os.Stat("f")
	if err := write(t, "link", func() {}); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.Stat("f"); !os.SameFile(before, after) || content(t, "f") != text ||
		after.Mode() != before.Mode() {
		t.Errorf("%v is now %v with %q", before, after, content(t, "f"))
	}
}

// What cannot be written is known before anything is done.
func TestOpenFails(t *testing.T) {
	t.Chdir(t.TempDir())
	os.Symlink("loop", "loop")
	socket, _ := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	defer unix.Close(socket)
	if err := unix.Bind(socket, &unix.SockaddrUnix{Name: "socket"}); err != nil {
		t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Dup3(int(null.Fd()), 200, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(200)
	for target, want := range map[string]string{
		"missing/f": "no such file", ".": "is a directory", "missing/": "no such file", "loop": "too many", "socket": "no such device",
		"fd:200": "not open for writing", "fd:201": "not open", "fd:x": "number",
	} {
		if _, err := Open(target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", target, err, want)
		}
	}
	if entries, _ := os.ReadDir("."); len(entries) != 2 {
		t.Errorf("made %v", entries)
	}
}

// As root: what somebody else may have left for slimrun to follow.
func TestOpenFollowsNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	t.Chdir(t.TempDir())
	os.WriteFile("precious", []byte("mine"), 0o600)
	os.Mkdir("theirs", 0o755)
	os.Symlink("../precious", "theirs/link")
	os.Symlink("theirs", "way")
	os.Link("precious", "theirs/name")
	for _, path := range []string{"theirs", "theirs/link", "way"} {
		os.Lchown(path, 1234, 1234)
	}
	for target, want := range map[string]string{
		"theirs/link": "link of uid 1234", "way/f": "link of uid 1234", "theirs/name": "other names",
	} {
		if _, err := Open(target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", target, err, want)
		}
	}
	if err := write(t, "theirs/f", func() {}); err != nil || content(t, "theirs/f") != text {
		t.Error(err)
	}
}

// A FIFO may have its reader before or after; where nobody comes, that is said, and
// slimrun is not held up.
func TestFIFO(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := unix.Mkfifo("fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	reader := func() {
		go func() {
			file, err := os.Open("fifo") // waits for slimrun
			if err != nil {
				t.Error(err)
			}
			all, _ := io.ReadAll(file)
			file.Close()
			read <- string(all)
		}()
	}
	reader()
	if err := write(t, "fifo", func() {}); err != nil {
		t.Error(err)
	}
	if got := <-read; got != text {
		t.Errorf("read %q", got)
	}
	if err := write(t, "fifo", reader); err != nil {
		t.Error(err)
	}
	if got := <-read; got != text {
		t.Errorf("read %q from the later one", got)
	}
	file, err := Open("fifo")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := file.Write(ctx, []byte(text)); err == nil || !strings.Contains(err.Error(), "nobody reads") {
		t.Errorf("without a reader: %v", err)
	}
}

// A full pipe that nobody reads: the context's end ends it.
func TestFullPipe(t *testing.T) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	if err := unix.Dup3(pipe[1], 210, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	file, err := Open("fd:210")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(100*time.Millisecond, func() { cancel(syscall.EINTR) })
	if err := file.Write(ctx, bytes.Repeat([]byte("x"), 1<<20)); !errors.Is(err, syscall.EINTR) {
		t.Errorf("got %v", err)
	}
	unix.Close(pipe[0]) // ends the write
	unix.Close(pipe[1])
}

package trust

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// tree is an empty directory with what the script of "mkdir NAME", "file NAME" and
// "link NAME TARGET" lines makes in it.
func tree(t *testing.T, script ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, line := range script {
		words := strings.Fields(line)
		var err error
		switch path := filepath.Join(dir, words[1]); words[0] {
		case "mkdir":
			err = os.Mkdir(path, 0o755)
		case "file":
			err = os.WriteFile(path, []byte(words[1]), 0o644)
		case "link":
			err = os.Symlink(strings.ReplaceAll(words[2], "DIR", dir), path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Walk comes to where the kernel comes to, by whatever links, and an error is the
// kernel's.
func TestWalk(t *testing.T) {
	dir := tree(t, "mkdir a", "mkdir a/b", "file a/b/f", "file f", "link up ../..", "link abs DIR/a", "link rel a/b", "link chain rel",
		"link file abs/b/f", "link dangling a/new", "link loop loop", "link slash a/", "link a/out ../f", "link self /proc/self/cwd/f")
	t.Chdir(dir)
	for _, path := range []string{
		"f", "./f", "a/b/f", "a/../f", "abs/b/f", "rel/f", "chain/f", "file", "slash/b/f", "a/out", "rel/../out", "up/../f", "self",
		"/proc/self/cwd/f", dir + "/f", "//" + dir + "//f", "/proc/self/root" + dir + "/f", ".", "a/", "rel/..", "/", "/dev/fd/0",
		"loop", "loop/f", "f/x", "f/", "a/none/x", "", "rel/none/",
	} {
		want, wantErr := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
		place, _, err := Walk(path)
		var got *os.File
		if err == nil {
			got, err = place.Open(unix.O_PATH, 0)
		}
		switch {
		case (err == nil) != (wantErr == nil):
			t.Errorf("%q: %v, want %v", path, err, wantErr)
		case err == nil && inode(t, int(got.Fd())) != inode(t, want):
			t.Errorf("%q: come to %s/%s, another file", path, place.Dir.Name(), place.Name)
		}
	}
}

func inode(t *testing.T, fd int) [2]uint64 {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.Fatal(err)
	}
	return [2]uint64{st.Dev, st.Ino}
}

// A file that is to be made is made where the links lead.
func TestWalkToNothing(t *testing.T) {
	dir := tree(t, "mkdir a", "link dangling a/new")
	place, steps, err := Walk(filepath.Join(dir, "dangling"))
	if err != nil {
		t.Fatal(err)
	}
	if got := filepath.Join(place.Dir.Name(), place.Name); got != filepath.Join(dir, "a/new") {
		t.Errorf("come to %q", got)
	}
	var tail []string
	for _, step := range steps[len(steps)-3:] {
		tail = append(tail, strings.TrimPrefix(step.Path, dir))
	}
	if diff := cmp.Diff([]string{"", "/dangling", "/a"}, tail); diff != "" {
		t.Error(diff)
	}
}

// What comes there after the walk is not followed.
func TestOpenFollowsNothing(t *testing.T) {
	dir := tree(t, "file f", "file precious")
	place, _, err := Walk(filepath.Join(dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(dir, "f"))
	os.Symlink("precious", filepath.Join(dir, "f"))
	if file, err := place.Open(unix.O_WRONLY|unix.O_CREAT, 0o666); err == nil {
		t.Errorf("opened %s", file.Name())
	}
}

// Row R5: what somebody else could have put there is not read, and the words name it.
func TestReadFile(t *testing.T) {
	for what, c := range map[string]struct {
		change func(dir string) error
		want   string // the error names it
	}{
		"as it is":           {func(string) error { return nil }, ""},
		"by way of a link":   {func(dir string) error { return os.Symlink("a/f", dir+"/g") }, ""},
		"writable":           {func(dir string) error { return os.Chmod(dir+"/a/f", 0o664) }, "/a/f"},
		"directory writable": {func(dir string) error { return os.Chmod(dir+"/a", 0o777) }, "/a"},
		"one above writable": {func(dir string) error { return os.Chmod(dir, 0o770) }, `" has mode 0770`},
		"sticky":             {func(dir string) error { return os.Chmod(dir+"/a", 0o777|os.ModeSticky) }, ""},
		"a FIFO": {func(dir string) error {
			os.Remove(dir + "/a/f")
			return unix.Mkfifo(dir+"/a/f", 0o600)
		}, "/a/f: want a file"},
		"missing": {func(dir string) error { return os.Remove(dir + "/a/f") }, "no such file"},
	} {
		dir := tree(t, "mkdir a", "file a/f")
		if err := c.change(dir); err != nil {
			t.Fatal(err)
		}
		path := dir + "/a/f"
		if what == "by way of a link" {
			path = dir + "/g"
		}
		content, err := ReadFile(path)
		switch {
		case c.want == "" && (err != nil || string(content) != "a/f"):
			t.Errorf("%s: %q, %v", what, content, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q named", what, err, c.want)
		}
	}
}

// Files, directories and links of another owner, as root alone can make them.
func TestReadFileOfAnother(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	for _, alien := range []string{"/a/f", "/a", "/l"} {
		dir := tree(t, "mkdir a", "file a/f", "link l a")
		if err := os.Lchown(dir+alien, 1234, 1234); err != nil {
			t.Fatal(err)
		}
		_, err := ReadFile(dir + "/l/f")
		if err == nil || !strings.Contains(err.Error(), dir+alien+`" belongs to uid 1234`) {
			t.Errorf("%s: %v", alien, err)
		}
	}
}

// R5: a way that others may change, up to what it leads to.
func TestWay(t *testing.T) {
	dir := tree(t, "mkdir a", "mkdir a/b")
	for path, mode := range map[string]os.FileMode{dir + "/a/b": 0o777, dir + "/a": 0o775} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := Way(path); err != nil {
			t.Errorf("%s itself: %v", path, err)
		}
		err := Way(path + "/new")
		if err == nil || !strings.Contains(err.Error(), path+`" has mode`) {
			t.Errorf("in %s: %v", path, err)
		}
		os.Chmod(path, 0o755)
		if err := Way(path + "/new"); err != nil {
			t.Error(err)
		}
	}
	if err := Way(dir + "/none/new"); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
}

// A group is a user's own where it has that name, and nobody else is in it.
func TestPrivate(t *testing.T) {
	etc := t.TempDir()
	passwd := "root:x:0:0::/:\nann:x:7:70::/:\nbob:x:8:80::/:\ncat:x:9:90::/:\ndan:x:10:90::/:\neve:x:11:110::/:\n"
	group := "root:x:0:\nann:x:70:ann\nbob:x:80:ann\ncat:x:90:\nstaff:x:110:\n"
	for name, text := range map[string]string{"passwd": passwd, "group": group} {
		if err := os.WriteFile(etc+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		uid, gid uint32
		want     bool
	}{{7, 70, true}, {8, 80, false}, {9, 90, false}, {11, 110, false}, {7, 80, false}, {7, 7, false}, {99, 70, false}, {0, 0, false}} {
		if got := private(etc, c.uid, c.gid); got != c.want {
			t.Errorf("gid %d of uid %d: %v", c.gid, c.uid, got)
		}
	}
	if private(etc+"/none", 7, 70) {
		t.Error("without a list of users")
	}
}

package nsinit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// newRoot makes a root file system: a shell and what its libraries are.
func newRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range []string{"sh", "ls", "cat", "touch", "mkdir", "id"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skip("no " + name)
		}
		copyProgram(t, root, path)
	}
	for _, dir := range []string{"proc", "dev", "sys", "tmp"} {
		os.MkdirAll(filepath.Join(root, dir), 0o755)
	}
	return root
}

func copyProgram(t *testing.T, root, path string) {
	libraries, _ := exec.Command("ldd", path).Output()
	for _, word := range append(strings.Fields(string(libraries)), path) {
		if !strings.HasPrefix(word, "/") {
			continue
		}
		content, err := os.ReadFile(word)
		if err != nil {
			t.Fatal(err)
		}
		place := filepath.Join(root, word)
		if word == path {
			place = filepath.Join(root, "bin", filepath.Base(path))
		}
		os.MkdirAll(filepath.Dir(place), 0o755)
		if err := os.WriteFile(place, content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// C2, and the files of a root: what it needs is there, and nothing shows
// outside.
func TestRoot(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		root := newRoot(t)
		before, _ := os.ReadFile("/proc/self/mountinfo")
		said, failure := runInside(t, Clone{}, Config{Files: Files{Root: root}},
			`echo pid $$; ls -d /proc/1 /dev/null /dev/pts/ptmx /sys/class; echo x > /dev/null && echo null
			touch /sys/x 2>/dev/null || echo sys kept; touch /tmp/x && echo tmp; ls -d /work /root 2>/dev/null || echo gone; pwd`)
		expect(t, said, failure, "/proc/1", "/dev/null", "/dev/pts/ptmx", "/sys/class", "null", "sys kept", "tmp", "gone", "/")
		if after, _ := os.ReadFile("/proc/self/mountinfo"); string(after) != string(before) {
			t.Errorf("mounts outside:\n%s\nwere\n%s", after, before)
		}
		if _, err := os.Stat(filepath.Join(root, "tmp/x")); err == nil {
			t.Error("/tmp was the root's own")
		}
	})
}

// R3: a root that is out to mislead. Its links lead inside, wherever they point, and
// nowhere in the places of the run's own mounts.
func TestHostileRoot(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		root, outside := newRoot(t), t.TempDir()
		os.Mkdir(filepath.Join(root, "inner"), 0o755)
		for _, link := range [][2]string{
			{"proc", outside},
			{"proc", "/../../../inner"},
			{"tmp", "../../../../../../.." + outside},
			{"dev", "/proc/self/root" + outside},
			{"sys", "proc"},
			{"sys", "none"},
			{"dev", "dev"},
		} {
			place := filepath.Join(root, link[0])
			os.Remove(place)
			if err := os.Symlink(link[1], place); err != nil {
				t.Fatal(err)
			}
			_, failure := runInside(t, Clone{}, Config{Files: Files{Root: root}}, `true`)
			if failure == nil || failure.Step != StepTarget || failure.Object != "/"+link[0] {
				t.Errorf("%v: got %v", link, failure)
			}
			os.Remove(place)
			os.Mkdir(place, 0o755)
		}
		for name, target := range map[string]string{
			"data": "/proc/1/root/etc", "up": "../../..", "work": "up/proc", "in": "/inner",
		} {
			if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
				t.Fatal(err)
			}
		}
		mounts := []Mount{{Target: "/up/made/here"}, {Target: "/in/to"}}
		said, failure := runInside(t, Clone{}, Config{Files: Files{Root: root, Mounts: mounts}},
			`touch /made/here/x && echo inside; touch /inner/to/x && echo by a link; ls -d /proc/1`)
		expect(t, said, failure, "inside", "by a link", "/proc/1")
		if left, _ := os.ReadDir(outside); len(left) != 0 {
			t.Errorf("made outside: %v", left)
		}
		if _, err := os.Stat("/made"); err == nil {
			t.Error("made in the caller's root")
		}
		// A magic link of a /proc that is mounted by now, and one that would cover it.
		for _, target := range []string{"/data", "/work", "/work/sys"} {
			_, failure = runInside(t, Clone{}, Config{Files: Files{Root: root, Mounts: []Mount{{Target: target}}}}, `true`)
			if failure == nil || failure.Step != StepTarget || failure.Object != target {
				t.Errorf("%s: got %v", target, failure)
			}
		}
	})
}

func TestBindsAndReadOnly(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		root, data := newRoot(t), t.TempDir()
		os.WriteFile(filepath.Join(data, "file"), []byte("content\n"), 0o644)
		said, failure := runInside(t, Clone{}, Config{Files: Files{Root: root, ReadOnly: true, Mounts: []Mount{
			{Target: "/t", Size: 1 << 20},
			{Source: data, Target: "/d/deep"},
			{Source: data, Target: "/kept", ReadOnly: true},
			{Source: filepath.Join(data, "file"), Target: "/etc/one"},
			{Source: data, Target: "/t/in/tmpfs"},
		}}}, `cat /etc/one; touch /d/deep/new && echo bound; touch /kept/x 2>/dev/null || echo kept; touch /x 2>/dev/null || echo read-only
			touch /t/x && echo tmpfs; ls /t/in/tmpfs/file
			cat /bin/sh /bin/sh /bin/sh /bin/sh /bin/sh /bin/sh /bin/sh /bin/sh /bin/sh /bin/sh /bin/sh > /t/big 2>/dev/null || echo full`)
		expect(t, said, failure, "content", "bound", "kept", "read-only", "tmpfs", "/t/in/tmpfs/file", "full")
		if _, err := os.Stat(filepath.Join(data, "new")); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(filepath.Join(root, "dev")); len(left) != 0 {
			t.Errorf("made below a mount: %v", left)
		}
	})
}

// Without a root: over the caller's files, of which none is made.
func TestMountsOverCallers(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		data := t.TempDir()
		mounts := []Mount{{Target: "/mnt"}, {Source: data, Target: "/opt"}}
		said, failure := runInside(t, Clone{}, Config{Dir: "/mnt", Files: Files{ReadOnly: true, Mounts: mounts}},
			`touch x && echo tmpfs; touch /opt/x && echo bound; touch `+data+`/y 2>/dev/null || echo kept; echo > /dev/null && echo null`)
		expect(t, said, failure, "tmpfs", "bound", "kept", "null")
		_, failure = runInside(t, Clone{}, Config{Files: Files{Mounts: []Mount{{Target: data + "/missing"}}}}, `true`)
		if failure == nil || failure.Step != StepTarget || failure.Errno != unix.ENOENT {
			t.Errorf("got %v", failure)
		}
	})
}

func TestOverlay(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		root, changes := newRoot(t), t.TempDir()
		for _, overlay := range []string{"-", changes} {
			said, failure := runInside(t, Clone{}, Config{Files: Files{Root: root, Overlay: overlay}},
				`mkdir /new && touch /new/x && ls /new`)
			expect(t, said, failure, "x")
			if _, err := os.Stat(filepath.Join(root, "new")); err == nil {
				t.Error("the root was changed")
			}
		}
		if _, err := os.Stat(filepath.Join(changes, "changes/new/x")); err != nil {
			t.Error(err)
		}
	})
}

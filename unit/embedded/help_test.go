package embedded

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// testRegistry is a registry beside the machine's own, with its own cgroups.
// At the end of the test nothing of it may be left.
func testRegistry(t *testing.T) registry {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: the embedded manager makes cgroups and namespaces")
	}
	dir, err := os.MkdirTemp("/run", "slimrun-test-")
	if err != nil {
		t.Fatal(err)
	}
	r := defaultRegistry()
	r.dir = filepath.Join(dir, "embedded")
	r.linger = 50 * time.Millisecond
	mounts := systemMounts(t)
	t.Cleanup(func() {
		requireGone(t, r)
		if after := systemMounts(t); after != mounts {
			t.Errorf("mounts changed:\n%s\nwant:\n%s", after, mounts)
		}
		os.RemoveAll(dir)
	})
	return r
}

// systemMounts lists the mounts that the manager makes, if they leaked: on the
// directories of the machine, below its own registry.
func systemMounts(t *testing.T) string {
	var mounts []string
	for line := range strings.Lines(readFile(t, "/proc/self/mountinfo")) {
		point := strings.Fields(line)[4]
		top, _, _ := strings.Cut(point[1:], "/")
		if slices.Contains([]string{"", "proc", "sys", "dev", "run", "etc"}, top) {
			mounts = append(mounts, line)
		}
	}
	return strings.Join(mounts, "")
}

// testContext ends long before go test's own deadline.
func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// join joins and lets go at the end of the test, before testRegistry's check.
func join(t *testing.T, r registry) *Hold {
	t.Helper()
	e, err := r.join(testContext(t))
	if err != nil {
		t.Fatalf("join: %v", err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// requireGone waits for the supervisor's end (it holds the state's lock until
// all is removed) and looks for what it should not have left.
func requireGone(t *testing.T, r registry) {
	t.Helper()
	if _, err := os.Stat(r.dir); err != nil {
		return // never made
	}
	lock, err := r.ownState(testContext(t))
	if err != nil {
		t.Fatalf("the supervisor has not ended: %v", err)
	}
	defer lock.Close()
	for _, name := range []string{"systemd", "systemd/private"} {
		if _, err := os.Lstat(r.path(name)); err == nil {
			t.Errorf("%s is left", r.path(name))
		}
	}
	if text := readFile(t, r.path("state")); text != "" {
		t.Errorf("state is left: %q", text)
	}
	requireNoCgroup(t, r)
	requireNoManager(t, r)
}

func requireNoCgroup(t *testing.T, r registry) {
	t.Helper()
	branches, err := r.findTree()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range branches {
		if _, err := os.Stat(b.dir); err == nil {
			t.Errorf("cgroup %s is left", b.dir)
		}
	}
}

func requireNoManager(t *testing.T, r registry) {
	t.Helper()
	for _, info := range managers(r) {
		t.Errorf("a process of the manager is left: %s", info)
	}
}

// managers are the processes in a mount namespace that has the registry's directory
// as its /run/systemd. The path is as that file system has it: /run may be one.
func managers(r registry) (infos []string) {
	parent, own := filepath.Split(r.dir)
	place := filepath.Join("/", filepath.Base(parent), own, "systemd") + " /run/systemd "
	infos, _ = filepath.Glob("/proc/[0-9]*/mountinfo")
	return slices.DeleteFunc(infos, func(info string) bool {
		content, err := os.ReadFile(info)
		return err != nil || !strings.Contains(string(content), place)
	})
}

func supervisorPID(t *testing.T, r registry) int {
	t.Helper()
	pid, err := strconv.Atoi(strings.TrimPrefix(readFile(t, r.path("boot")), "process "))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// waitEnd waits for the end of a process that is nobody's child here.
func waitEnd(t *testing.T, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return // gone
	}
	defer unix.Close(fd)
	if ended, err := linux.EndsWithin(fd, 10*time.Second); !ended {
		t.Fatalf("process %d is still there (%v): %s", pid, err, readFile(t, fmt.Sprintf("/proc/%d/status", pid)))
	}
}

package unit

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
)

// held is where a process is in memory cgroups of v1 one below the other, each with
// that limit.
func held(t *testing.T, name string, limits ...string) cgroup.Cgroup {
	t.Helper()
	mounts, err := cgroup.FindMounts()
	if _, ok := mounts["memory"]; err != nil || !ok || os.Geteuid() != 0 {
		t.Skip("needs root and cgroup v1's memory controller:", err)
	}
	dir := mounts["memory"].Point
	for _, bytes := range limits {
		dir = filepath.Join(dir, name)
		if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(dir+"/memory.limit_in_bytes", []byte(bytes), 0)); err != nil {
			t.Skip("cannot make a cgroup:", err)
		}
		made := dir
		t.Cleanup(func() { os.Remove(made) })
	}
	sleep := exec.Command("sleep", "1000")
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sleep.Process.Kill(); sleep.Wait() })
	if err := os.WriteFile(dir+"/cgroup.procs", []byte(strconv.Itoa(sleep.Process.Pid)), 0); err != nil {
		t.Fatal(err)
	}
	own, err := cgroup.Of(strconv.Itoa(sleep.Process.Pid), cgroup.FindMounts)
	if err != nil {
		t.Fatal(err)
	}
	return own
}

func callerIn(own cgroup.Cgroup) *Caller {
	return newCaller(own, false)
}

// N1: the least of all cgroups around slimrun counts, whatever made them, and the
// cgroup is named.
func TestCallerClips(t *testing.T) {
	c := callerIn(held(t, "slimrun-test-a", "67108864", "104857600"))
	limits := []limit.Asked{limit.Memory.Imply("80M"), limit.Pids.Imply("7"), limit.OOM.Imply("continue")}
	clipped, tightened, err := c.Clip(limits)
	if err != nil {
		t.Fatal(err)
	}
	if len(tightened) != 1 || tightened[0].Cgroup != "/slimrun-test-a" || tightened[0].Text != "64M" {
		t.Errorf("tightened: %+v", tightened)
	}
	if clipped[0].Text != "64M" || clipped[1].Text != "7" || limits[0].Text != "80M" {
		t.Errorf("clipped: %+v of %+v", clipped, limits)
	}
	if _, tightened, _ := c.Clip([]limit.Asked{limit.Memory.Imply("64M")}); tightened != nil {
		t.Errorf("64M is no more than 64M: %+v", tightened)
	}
}

// N1 N3: what holds slimrun and not its run is missing there; what holds both is
// shared.
func TestCallerMissing(t *testing.T) {
	c := callerIn(held(t, "slimrun-test-b", "67108864"))
	for name, test := range map[string]struct {
		run             cgroup.Cgroup
		missing, beside int
	}{
		"beside, with less": {held(t, "slimrun-test-c", "33554432"), 0, 1},
		"beside, with more": {held(t, "slimrun-test-d", "134217728"), 1, 1},
		"in the same":       {c.own, 0, 0},
	} {
		if got := c.missing(test.run); len(got) != test.missing {
			t.Errorf("%s: missing %+v", name, got)
		}
		if got := c.Beside(test.run); len(got) != test.beside {
			t.Errorf("%s: beside %+v", name, got)
		}
	}
}

// A run inside a run is in its slice; sessions', machines' and systemd's own are
// nobody's budget.
func TestInheritedSlice(t *testing.T) {
	user := "/user.slice/user-" + strconv.Itoa(os.Geteuid()) + ".slice/user@" + strconv.Itoa(os.Geteuid()) + ".service"
	for _, c := range []struct {
		kind      Kind
		own, want string
	}{
		{SystemKind, "/system.slice/slimrun-a.scope", ""},
		{SystemKind, "/build.slice/slimrun-a.scope", "build.slice"},
		{SystemKind, "/build.slice/build-night.slice/a.service/sub", "build-night.slice"},
		{SystemKind, "/user.slice/user-0.slice/session-1.scope", ""},
		{SystemKind, "/machine.slice/a.scope", ""},
		{SystemKind, "/", ""},
		{SystemKind, user + "/build.slice/a.scope", ""},
		{UserKind, user + "/app.slice/a.scope", ""},
		{UserKind, user + "/build.slice/a.scope", "build.slice"},
		{UserKind, user + "/app.slice/app-org.Terminal.slice/vte.scope", ""},
		{UserKind, "/build.slice/a.service", ""},
		{EmbeddedKind, "/slimrun-2a-1f/nest0123456789abcdef.slice/a.scope", "nest0123456789abcdef.slice"},
		{EmbeddedKind, "/slimrun-2a-1f/system.slice/a.scope", ""},
		{EmbeddedKind, "/docker/1/slimrun-2a-1f/build.slice/a.scope", "build.slice"},
		{EmbeddedKind, "/build.slice/a.scope", ""},
	} {
		if got := (&Manager{Kind: c.kind}).Slice(callerIn(cgroup.Cgroup{Path: c.own})); got != c.want {
			t.Errorf("%s from %s: %q, want %q", c.kind, c.own, got, c.want)
		}
	}
}

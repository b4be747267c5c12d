package embedded

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestBootsOnce(t *testing.T) {
	r := testRegistry(t)
	first, second := join(t, r), join(t, r)
	if first.BootTime <= 0 || second.BootTime != 0 {
		t.Errorf("boot times %v and %v, want the first alone to have booted", first.BootTime, second.BootTime)
	}
	if first.PID == 0 || first.PID != second.PID {
		t.Errorf("PIDs %d and %d, want one manager", first.PID, second.PID)
	}
	t.Logf("booted in %v", first.BootTime)
}

// L1: fifty at once, the storm of a parallel make: one boots, all get it.
func TestFiftyAtOnce(t *testing.T) {
	r := testRegistry(t)
	ctx := testContext(t)
	holds := make([]*Hold, 50)
	errs := make([]error, len(holds))
	var wg sync.WaitGroup
	for i := range holds {
		wg.Go(func() { holds[i], errs[i] = r.join(ctx) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	booted := 0
	for _, e := range holds {
		defer e.Close()
		if e.BootTime > 0 {
			booted++
		}
		if e.PID != holds[0].PID {
			t.Errorf("managers %d and %d, want one", e.PID, holds[0].PID)
		}
	}
	if booted != 1 {
		t.Errorf("%d booted a manager, want 1", booted)
	}
}

// K4: a limit must be the kernel's, on v1 as on v2: a payload of 100M in a scope of 50M dies, one
// of 10M lives. systemd-run runs in the manager's namespaces: its private
// socket takes no peer whose PID it cannot see.
func TestEnforcesMemory(t *testing.T) {
	e := join(t, testRegistry(t))
	for size, lives := range map[string]bool{"10M": true, "100M": false} {
		cmd := exec.Command("nsenter", "--target", strconv.Itoa(e.PID), "--pid", "--mount", "--",
			"systemd-run", "--scope", "--quiet", "-p", "MemoryMax=50M", "-p", "MemorySwapMax=0",
			"sh", "-c", "yes | head -c "+size+" | tr -d '\n' | tail -n 1 >/dev/null")
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.Success() != lives {
			t.Errorf("%s in a scope of 50M: %v, want it to live: %v\n%s", size, cmd.ProcessState, lives, out)
		}
	}
}

// The linger: a run that comes soon after the last finds the same manager.
func TestLingers(t *testing.T) {
	r := testRegistry(t)
	r.linger = time.Second
	first := join(t, r)
	first.Close()
	if second := join(t, r); second.PID != first.PID {
		t.Errorf("a second run at once got manager %d, want %d", second.PID, first.PID)
	}
}

func TestGoesWhenIdle(t *testing.T) {
	r := testRegistry(t)
	e := join(t, r)
	supervisor := supervisorPID(t, r)
	if len(managers(r)) == 0 {
		t.Error("the manager is there, and none of its processes is found")
	}
	e.Close()
	requireGone(t, r)
	waitEnd(t, supervisor)
	waitEnd(t, e.PID)
	if _, err := e.PIDNamespace(); err == nil {
		t.Error("PIDNamespace of a manager that is gone: want an error")
	}
	if again := join(t, r); again.BootTime == 0 {
		t.Error("a run after the end found a manager, want it to boot one")
	}
}

// A hold keeps the manager, however long after the linger.
func TestStaysWhileHeld(t *testing.T) {
	r := testRegistry(t)
	r.linger = time.Millisecond
	first, second := join(t, r), join(t, r)
	first.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if lock, err := r.ownState(ctx); err == nil {
		lock.Close()
		t.Fatal("the supervisor ended though a run holds the manager")
	}
	if third := join(t, r); third.PID != second.PID {
		t.Errorf("manager %d, want %d", third.PID, second.PID)
	}
}

// C6: from a PID namespace where the manager is not visible, its socket counts.
func TestNested(t *testing.T) {
	r := testRegistry(t)
	e := join(t, r)
	pid, ok := peerPID(e.Socket)
	if !ok || pid != e.PID {
		t.Errorf("the socket's peer is process %d (%v), want the manager %d", pid, ok, e.PID)
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestNestedJoin$", "-test.v")
	cmd.Env = append(os.Environ(), "SLIMRUN_TEST_REGISTRY="+r.dir)
	cmd.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS, Unshareflags: unix.CLONE_NEWNS}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestNestedJoin is TestNested's inside.
func TestNestedJoin(t *testing.T) {
	dir := os.Getenv("SLIMRUN_TEST_REGISTRY")
	if dir == "" || os.Getpid() != 1 {
		t.Skip("runs in the namespaces that TestNested makes")
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		t.Fatal(err)
	}
	r := defaultRegistry()
	r.dir = dir
	e := join(t, r)
	if e.PID != 0 || e.BootTime != 0 || e.Socket != r.socket() {
		t.Errorf("joined %+v, want the outer manager, not visible", e)
	}
}

// lower takes one from a number of the kernel's until the test is over: where a
// systemd has booted it is what systemd makes it, and would be so again.
func lower(t *testing.T, path string) {
	t.Helper()
	was := readFile(t, path)
	n, err := strconv.ParseUint(strings.TrimSpace(was), 10, 64)
	if err == nil {
		err = os.WriteFile(path, []byte(strconv.FormatUint(n-1, 10)), 0)
	}
	if err != nil {
		t.Skip("nobody may change it here:", err)
	}
	t.Cleanup(func() { os.WriteFile(path, []byte(was), 0) })
}

// The machine must not notice: what systemd as PID 1 would set is as before.
func TestLeavesTheMachine(t *testing.T) {
	watched := []string{
		"/proc/sys/fs/file-max", "/proc/sys/fs/nr_open", "/proc/sys/kernel/core_pattern",
		"/proc/sys/kernel/hostname", "/proc/sys/kernel/panic", "/proc/sys/net/unix/max_dgram_qlen",
	}
	r := testRegistry(t)
	lower(t, "/proc/sys/fs/file-max")
	lower(t, "/proc/sys/net/unix/max_dgram_qlen")
	before := map[string]string{}
	for _, path := range watched {
		before[path] = readFile(t, path)
	}
	join(t, r)
	for _, path := range watched {
		if after := readFile(t, path); after != before[path] {
			t.Errorf("%s is %q, was %q", path, after, before[path])
		}
	}
}

// The hot path of every launch: budget 100 µs.
func BenchmarkJoin(b *testing.B) {
	if os.Geteuid() != 0 {
		b.Skip("needs root")
	}
	dir, err := os.MkdirTemp("/run", "slimrun-test-")
	if err != nil {
		b.Fatal(err)
	}
	defer os.RemoveAll(dir)
	r := defaultRegistry()
	r.dir, r.linger = filepath.Join(dir, "embedded"), time.Millisecond
	held, err := r.join(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		e, err := r.join(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		e.Close()
	}
	held.Close()
	lock, err := r.ownState(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	lock.Close()
}

package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestSupervisorKilled(t *testing.T) {
	r := testRegistry(t)
	first := join(t, r)
	unix.Kill(supervisorPID(t, r), unix.SIGKILL)
	waitEnd(t, first.PID)
	second := join(t, r)
	if second.BootTime == 0 || second.PID == first.PID {
		t.Errorf("manager %d after %d: want another one booted, its leftovers cleaned", second.PID, first.PID)
	}
}

// At once: the dying manager's cgroups are still populated then.
func TestSupervisorKilledJoinAtOnce(t *testing.T) {
	r := testRegistry(t)
	first := join(t, r)
	unix.Kill(supervisorPID(t, r), unix.SIGKILL)
	waitEnd(t, supervisorPID(t, r))
	if second := join(t, r); second.BootTime == 0 {
		t.Errorf("manager %d after %d: want another one booted", second.PID, first.PID)
	}
}

func TestManagerKilled(t *testing.T) {
	r := testRegistry(t)
	first := join(t, r)
	unix.Kill(first.PID, unix.SIGKILL)
	waitEnd(t, first.PID)
	if second := join(t, r); second.PID == first.PID || second.BootTime == 0 {
		t.Errorf("joined manager %d, which was killed, want another one booted", first.PID)
	}
}

// A dead manager is not joined, though its supervisor (stopped here) has not
// noticed yet and still holds the state's lock.
func TestManagerDeadUnnoticed(t *testing.T) {
	r := testRegistry(t)
	e := join(t, r)
	supervisor := supervisorPID(t, r)
	unix.Kill(supervisor, unix.SIGSTOP)
	defer unix.Kill(supervisor, unix.SIGCONT)
	unix.Kill(e.PID, unix.SIGKILL)
	waitEnd(t, e.PID)
	if found, ok := r.find(); ok {
		t.Errorf("found manager %d, which is dead", found.PID)
	}
}

func TestSupervisorTerminated(t *testing.T) {
	r := testRegistry(t)
	e := join(t, r)
	unix.Kill(supervisorPID(t, r), unix.SIGTERM)
	waitEnd(t, e.PID)
	requireGone(t, r)
}

// A state that no supervisor's lock vouches for is nobody's, even where its
// PID lives: here it is this test's own.
func TestStaleState(t *testing.T) {
	r := testRegistry(t)
	if err := r.check(); err != nil {
		t.Fatal(err)
	}
	inode, err := pidNamespaceInode("/proc/self/ns/pid")
	if err != nil {
		t.Fatal(err)
	}
	stale := fmt.Appendf(nil, "%d %d\n", os.Getpid(), inode)
	if err := os.WriteFile(r.path("state"), stale, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(r.path("systemd/system"), 0o700); err != nil {
		t.Fatal(err)
	}
	if e := join(t, r); e.BootTime == 0 || e.PID == os.Getpid() {
		t.Errorf("joined the stale state's process %d", e.PID)
	}
}

// A systemd that dies, and one that cannot be executed: the error says which.
func TestSystemdFails(t *testing.T) {
	for path, want := range map[string]string{
		"/bin/false": "systemd died before it was ready", "/etc/passwd": "executing",
	} {
		r := testRegistry(t)
		r.systemd = []string{path}
		if _, err := r.join(testContext(t)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("join with %s: %v, want %q", path, err, want)
		}
	}
}

// A boot that hangs ends at the caller's deadline, and the next one waiting
// names who boots.
func TestBootDeadline(t *testing.T) {
	r := testRegistry(t)
	if err := r.check(); err != nil {
		t.Fatal(err)
	}
	lock, err := r.lockBoot(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if _, err := lock.WriteAt([]byte("process 4711"), 0); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = r.join(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "process 4711") {
		t.Errorf("join: %v, want the deadline and who boots", err)
	}
}

// runningSystemd is /proc/PID/stat of one that is neither dead nor a zombie.
var runningSystemd = regexp.MustCompile(`^\d+ \(systemd\) [^ZX] `)

// A launcher killed at any moment of the boot (swept) leaves a boot that goes
// on without it: the next one joins that manager, or waits for its end.
func TestLauncherKilled(t *testing.T) {
	for _, after := range []time.Duration{1, 3, 6, 10, 20, 30, 50} {
		r := testRegistry(t)
		cmd := exec.Command("/proc/self/exe", "-test.run=^TestLauncher$")
		cmd.Env = append(os.Environ(), "SLIMRUN_TEST_LAUNCHER="+r.dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		e := join(t, r)
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", e.PID)); err != nil || !runningSystemd.Match(stat) {
			t.Errorf("killed after %d ms: the next run got manager %d, which is no systemd that runs: %s %v",
				after, e.PID, stat, err)
		}
	}
}

// TestLauncher is TestLauncherKilled's launcher.
func TestLauncher(t *testing.T) {
	dir := os.Getenv("SLIMRUN_TEST_LAUNCHER")
	if dir == "" {
		t.Skip("started by TestLauncherKilled")
	}
	r := defaultRegistry()
	r.dir, r.linger = dir, 50*time.Millisecond
	join(t, r)
}

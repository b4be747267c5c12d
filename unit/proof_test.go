package unit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// Row B16: systemd says "done", and the process is elsewhere.
func TestProveElsewhere(t *testing.T) {
	if mounts, err := os.ReadFile("/proc/self/mountinfo"); err != nil ||
		!strings.Contains(string(mounts), " "+cgroup.Root) {
		t.Skip("no cgroups here:", err)
	}
	_, proofs, err := (&Manager{}).Prove(t.Context(), "nosuch.scope", os.Getpid(), []limit.Asked{limit.Swap.Imply("0")})
	if err == nil || !strings.Contains(err.Error(), "not in nosuch.scope") || problem.Remedy(err) == "" ||
		proofs != nil {
		t.Errorf("B16: %v, hint %q, proofs %v", err, problem.Remedy(err), proofs)
	}
}

// emptyScope is a v1 memory cgroup that nobody set a limit in.
func emptyScope(t *testing.T) cgroup.Cgroup {
	t.Helper()
	mounts, err := cgroup.FindMounts()
	if m, ok := mounts["memory"]; err != nil || !ok || os.Geteuid() != 0 {
		t.Skip("needs root and cgroup v1's memory controller:", m, err)
	}
	dir := filepath.Join(mounts["memory"].Point, "slimrun-test.scope")
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		t.Skip("cannot make a cgroup:", err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	return cgroup.Cgroup{Path: "/slimrun-test.scope", Dirs: map[string]string{"memory": dir, "pids": mounts["pids"].Point}}
}

// Rows B16 K3: what the kernel says decides, not what systemd was asked.
func TestProveAgainstTheKernel(t *testing.T) {
	scope := emptyScope(t)
	m := &Manager{Kind: SystemKind}
	for _, c := range []struct{ row, flag, text, problem, hint string }{
		{"no limit, and none is there", "memory", "infinity", "", ""},
		{"B16 a limit that is not there", "memory", "100M", `the kernel says "9223372036854771712"`, ""},
		{"K4 nothing of the kind on v1", "memory-high", "100M", "on cgroup v1", "best-effort"},
		{"K3 controller left in a parent", "pids", "7", `controller "pids" is not delegated`, "cgroup_disable=pids"},
		{"nothing to prove", "oom", "continue", "", ""},
	} {
		t.Run(c.row, func(t *testing.T) {
			row, _ := limit.Find(c.flag)
			asked, err := row.Ask(c.text)
			if err != nil {
				t.Fatal(err)
			}
			proof := m.prove(t.Context(), "slimrun-test.scope", scope, asked)
			if proof.Proven != (c.problem == "") || proof.Proven != (proof.Err == nil) {
				t.Fatalf("proven %v: %v, want %q", proof.Proven, proof.Err, c.problem)
			}
			if proof.Err != nil && (!strings.Contains(proof.Err.Error(), c.problem) ||
				!strings.Contains(problem.Remedy(proof.Err), c.hint)) {
				t.Errorf("error %v, hint %q, want %q and %q", proof.Err, problem.Remedy(proof.Err), c.problem, c.hint)
			}
			if proof.Err != nil && !strings.Contains(proof.Err.Error(), "--"+c.flag+" "+c.text) {
				t.Errorf("%v does not name the flag", proof.Err)
			}
		})
	}
}

// Row B16: what systemd itself keeps must read back too.
func TestProveProperty(t *testing.T) {
	f := newFake(t, nil)
	m := dialFake(t, f)
	for _, c := range []struct {
		name, flag, text string
		systemd          any
		proven           bool
	}{
		{"time", "timeout", "30s", uint64(30e6), true},
		{"B16 other time", "timeout", "30s", limit.Infinity, false},
		{"B16 other type", "timeout", "30s", int64(30e6), false},
		{"B16 unknown", "timeout", "30s", nil, false},
		{"policy", "oom", "stop", "stop", true},
		{"B16 other policy", "oom", "stop", "continue", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			row, _ := limit.Find(c.flag)
			asked, err := row.Ask(c.text)
			if err != nil {
				t.Fatal(err)
			}
			f.props = map[string]any{}
			if c.systemd != nil {
				f.props[asked.Row.Property] = c.systemd
			}
			proof := m.prove(within(t, 5*time.Second), "a.scope", cgroup.Cgroup{}, asked)
			if proof.Proven != c.proven || (proof.Err == nil) != c.proven {
				t.Errorf("proven %v: %v", proof.Proven, proof.Err)
			}
		})
	}
	extra, err := limit.ParseProperty("OOMPolicy=stop")
	if err != nil {
		t.Fatal(err)
	}
	f.props = map[string]any{"OOMPolicy": "stop"}
	if proof := m.prove(within(t, 5*time.Second), "a.scope", cgroup.Cgroup{}, *extra.Limit); !proof.Proven {
		t.Errorf("-p OOMPolicy=stop is not proven as --oom stop is: %v", proof.Err)
	}
}

// Row K3: the remedy is the exact drop-in, for whoever delegates.
func TestDelegation(t *testing.T) {
	for kind, want := range map[Kind][]string{
		UserKind:     {"/etc/systemd/system/user@.service.d/delegate.conf", "Delegate=cpu cpuset io memory pids"},
		EmbeddedKind: {"give this container the io controller"},
		SystemKind:   {"cgroup_disable=io"},
	} {
		for _, text := range want {
			if got := (&Manager{Kind: kind}).delegation("io"); !strings.Contains(got, text) {
				t.Errorf("K3 %s: %q lacks %q", kind, got, text)
			}
		}
	}
}

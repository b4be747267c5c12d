package embedded

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/unit/cgroup"
)

func TestParseState(t *testing.T) {
	tests := map[string]struct {
		want state
		ok   bool
	}{
		"12 4026531836\n":  {state{12, 4026531836}, true},
		"":                 {},
		"12 4026531836":    {}, // torn
		"12\n":             {},
		"-1 4026531836\n":  {},
		"0 4026531836\n":   {},
		"twelve 12\n":      {},
		"12 12 12\n":       {},
		"12 4026531836\n1": {},
	}
	for text, test := range tests {
		got, ok := parseState(text)
		if ok != test.ok || ok && got != test.want {
			t.Errorf("parseState(%q) = %v, %v; want %v, %v", text, got, ok, test.want, test.ok)
		}
	}
}

func TestLegacyTree(t *testing.T) {
	mounts := cgroup.Mounts{
		"cpu": {Point: "/sys/fs/cgroup/cpu,cpuacct", Root: "/"}, "cpuacct": {Point: "/sys/fs/cgroup/cpu,cpuacct", Root: "/"},
		"memory": {Point: "/sys/fs/cgroup/memory", Root: "/docker/1"}, "": {Point: "/sys/fs/cgroup/unified", Root: "/"},
		"name=systemd": {Point: "/sys/fs/cgroup/systemd", Root: "/"},
	}
	lines := "12:memory:/docker/1\n4:perf_event:/\n2:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n"
	got, err := legacyTree(lines, mounts, "slimrun-1-2")
	if err != nil {
		t.Fatal(err)
	}
	want := tree{
		newBranch("memory", "/sys/fs/cgroup/memory", "slimrun-1-2"),
		newBranch("cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "slimrun-1-2"),
		newBranch("name=systemd", "/sys/fs/cgroup/systemd", "slimrun-1-2"),
		newBranch("", "/sys/fs/cgroup/unified", "slimrun-1-2"),
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(branch{})); diff != "" {
		t.Errorf("legacyTree (-want +got):\n%s", diff)
	}
}

func TestLegacyTreeIncomplete(t *testing.T) {
	lines := "2:memory:/\n1:cpu:/\n0::/\n"
	two := cgroup.Mounts{"memory": {Point: "/a", Root: "/"}, "cpu": {Point: "/b", Root: "/"}}
	for want, mounts := range map[string]cgroup.Mounts{
		`no cgroup file system is mounted at "/sys/fs/cgroup"`: {}, "cgroup v1 is mounted, but not systemd's own hierarchy (name=systemd)": two,
	} {
		if _, err := legacyTree(lines, mounts, "x"); err == nil || err.Error() != want {
			t.Errorf("legacyTree with %d mounts: %v, want %s", len(mounts), err, want)
		}
	}
}

func TestComplaints(t *testing.T) {
	tests := map[string]string{
		"<30>systemd[1]: hello\n<24>systemd[1]: no v1\n<27>systemd[1]: bye\n": "no v1; bye",
		"<30>systemd[1]: a\nb\n<30>systemd[1]: c\n<30>systemd[1]: d\n":        "b; c; d",
		"": "",
	}
	for log, want := range tests {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, []byte(log), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := complaints(path); got != want {
			t.Errorf("complaints(%q) = %q, want %q", log, got, want)
		}
	}
}

func TestIsReady(t *testing.T) {
	for message, want := range map[string]bool{
		"READY=1\nSTATUS=Ready.": true, "STATUS=x\nREADY=1": true, "READY=10": false, "STATUS=READY=1": false, "": false,
	} {
		if got := isReady(message); got != want {
			t.Errorf("isReady(%q) = %v, want %v", message, got, want)
		}
	}
}

func TestIsTree(t *testing.T) {
	for name, want := range map[string]bool{
		"slimrun-2a-1f": true, "slimrun-2a": false, "slimrun-sh-1f": false, "slimrun--": false, "slimrun-2a-1f.scope": false, "2a-1f": false,
	} {
		if IsTree(name) != want {
			t.Errorf("%q is a manager's root: %v", name, !want)
		}
	}
}

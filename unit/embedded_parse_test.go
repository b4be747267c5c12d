package unit

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/unit/problem"
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
	mounts := map[string]mount{
		"cpu": {"/sys/fs/cgroup/cpu,cpuacct", "/"}, "cpuacct": {"/sys/fs/cgroup/cpu,cpuacct", "/"},
		"memory": {"/sys/fs/cgroup/memory", "/docker/1"}, "": {"/sys/fs/cgroup/unified", "/"},
		"name=systemd": {"/sys/fs/cgroup/systemd", "/"},
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
	two := map[string]mount{"memory": {"/a", "/"}, "cpu": {"/b", "/"}}
	for hint, mounts := range map[string]map[string]mount{
		"`mount -t cgroup2 cgroup2 /sys/fs/cgroup`":                                                               {},
		"`mkdir -p /sys/fs/cgroup/systemd && mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd`": two,
	} {
		_, err := legacyTree(lines, mounts, "x")
		if known, ok := err.(*problem.Problem); !ok || known.Hint() != hint {
			t.Errorf("legacyTree with %d mounts: %v, want the hint %s", len(mounts), err, hint)
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

// K3: a container's root cgroup with processes is refused before anything in
// it is changed; the true root, and an empty one, are not.
func TestRequireEmpty(t *testing.T) {
	tests := map[string]struct {
		files map[string]string
		ok    bool
	}{
		"true root":           {map[string]string{"cgroup.procs": "1\n2\n"}, true},
		"container, emptied":  {map[string]string{"cgroup.type": "domain\n", "cgroup.procs": ""}, true},
		"container":           {map[string]string{"cgroup.type": "domain\n", "cgroup.procs": "1\n"}, false},
		"container, not seen": {map[string]string{"cgroup.type": "domain\n", "cgroup.procs": "0\n"}, false},
	}
	for name, test := range tests {
		dir := t.TempDir()
		for file, content := range test.files {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := requireEmpty(dir); (err == nil) != test.ok {
			t.Errorf("%s: %v, want it to pass: %v", name, err, test.ok)
		}
	}
}

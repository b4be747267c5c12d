package cgroup

import (
	"os"
	"path/filepath"
	"testing"
)

// Row K4: the cgroup of the v2 tree was left over, so systemd made none in its v1 hierarchy.
func TestComplete(t *testing.T) {
	top := t.TempDir()
	mounts := Mounts{"": {top + "/unified", "/box"}, systemds: {top + "/systemd", "/box"}}
	own, err := legacy([]string{"1:name=systemd:/box", "0::/box/a.slice/a.scope"}, mounts)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(top, "systemd/a.slice/a.scope")
	for unit, want := range map[string]string{"b.scope": "", "a.scope": "7"} {
		err := own.Complete(7, unit)
		got, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q is in %q, want %q; %v", unit, got, dir, want, err)
		}
		os.RemoveAll(dir)
	}
	own.mounts = Mounts{systemds: mounts[systemds]}
	if err := own.Complete(7, "a.scope"); err == nil {
		t.Error("without a v2 tree a process is in no unit's cgroup of it")
	}
}

package cgroup

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The budget is read in the slice's own directory, in every hierarchy, also
// where v1 leaves the run itself in the slice; elsewhere there is nothing.
func TestAround(t *testing.T) {
	Unified := Cgroup{Path: "/build.slice/x.scope", Unified: "/cg/build.slice/x.scope"}
	if got := Unified.Around("build.slice"); got.Unified != "/cg/build.slice" || got.Path != "/build.slice" {
		t.Errorf("v2: %+v", got)
	}
	legacy := Cgroup{Path: "/build.slice/build-a.slice/x.scope", Dirs: map[string]string{
		"memory": "/cg/memory/build.slice/build-a.slice", "pids": "/cg/pids/build.slice/build-a.slice/x.scope", "cpu": "/cg/cpu",
	}}
	want := map[string]string{
		"memory": "/cg/memory/build.slice/build-a.slice", "pids": "/cg/pids/build.slice/build-a.slice", "cpu": "",
	}
	if diff := cmp.Diff(want, legacy.Around("build-a.slice").Dirs); diff != "" {
		t.Error(diff)
	}
	if got := Unified.Around("uild.slice"); got.Unified != "" {
		t.Errorf("a slice that only sounds alike: %+v", got)
	}
}

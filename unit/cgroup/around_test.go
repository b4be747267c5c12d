package cgroup

import "testing"

func TestAbove(t *testing.T) {
	inner := Cgroup{Path: "/a.scope/x/y", Unified: "/u/a.scope/x/y", Dirs: map[string]string{"memory": "/m/a.scope/x/y", "cpu": "/c"}}
	up := inner.above("/x/y")
	if up.Path != "/a.scope" || up.Unified != "/u/a.scope" || up.dir("memory") != "/m/a.scope" || up.dir("cpu") != "" {
		t.Errorf("two up from %+v is %+v", inner, up)
	}
}

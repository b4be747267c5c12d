package cgroup

import (
	"slices"
	"testing"
)

// namespaceRoot is what there is above all of v2: nothing on a machine, or the root
// of a container's namespace.
func namespaceRoot() []string {
	if isRoot(Root) {
		return nil
	}
	return []string{"/"}
}

// From its own to the top of what is mounted, in the hierarchy that counts.
func TestLevels(t *testing.T) {
	legacy, err := legacy([]string{
		"9:name=systemd:/a.slice/x.scope", "4:memory:/process_api/a.slice/x.scope", "3:cpu,cpuacct:/", "0::/a.slice/x.scope",
	}, parseMounts(hybridMounts))
	if err != nil {
		t.Fatal(err)
	}
	unified := Cgroup{Path: "/a.slice/x.scope", Unified: Root + "/a.slice/x.scope"}
	for _, c := range []struct {
		own        Cgroup
		controller string
		want       []string
	}{
		{unified, "memory", append([]string{"/a.slice/x.scope", "/a.slice"}, namespaceRoot()...)},
		{unified, "cpuset", []string{"/a.slice/x.scope", "/a.slice", "/"}},
		{Cgroup{Path: "/", Unified: Root + "/"}, "memory", namespaceRoot()},
		{legacy, "memory", []string{"/a.slice/x.scope", "/a.slice", "/"}}, // a container's: /process_api is the top
		{legacy, "cpu", nil}, // the root of all
		{legacy, "pids", nil},
		{legacy, "io", nil},
	} {
		var got []string
		for _, level := range c.own.Levels(c.controller) {
			got = append(got, level.Path)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s of %+v: %q, want %q", c.controller, c.own, got, c.want)
		}
		if above := c.own.Above(c.controller); len(above) != max(len(c.want)-1, 0) {
			t.Errorf("%d levels above of %q", len(above), c.want)
		}
	}
}

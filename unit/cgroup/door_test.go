package cgroup

import (
	"errors"
	"strings"
	"testing"
)

// A payload that has left its scope, in any hierarchy, leads nobody after it.
func TestDoorStays(t *testing.T) {
	around := byHierarchy("4:memory:/a.slice/x.scope\n1:name=systemd:/a.slice/x.scope\n0::/a.slice/x.scope")
	own := byHierarchy("4:memory:/\n1:name=systemd:/\n0::/")
	nowhere := errors.New("no mounts are looked at")
	find := func() (Mounts, error) { return nil, nowhere }
	for _, lines := range []string{
		"4:memory:/\n1:name=systemd:/a.slice/x.scope\n0::/a.slice/x.scope",
		"4:memory:/a.slice/x.scope\n1:name=systemd:/a.slice\n0::/a.slice/x.scope",
		"4:memory:/a.slice/x.scope\n1:name=systemd:/a.slice/x.scope\n0::/a.slice/x.scope2",
	} {
		err := (&Door{}).open(byHierarchy(lines), around, own, find)
		if err == nil || !strings.Contains(err.Error(), "has left the run's cgroup") {
			t.Errorf("%q: %v", lines, err)
		}
	}
	if err := (&Door{}).open(around, around, around, find); err != nil {
		t.Errorf("who is there already: %v", err)
	}
}

func TestCommonPath(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"/user.slice/a.scope", "/user.slice/b.scope", "/user.slice"},
		{"/user.slice/a.scope", "/user.slice/a.scope/sub", "/user.slice/a.scope"},
		{"/a", "/b", "/"},
		{"/", "/b", "/"},
	} {
		if got := commonPath(c.a, c.b); got != c.want {
			t.Errorf("%s and %s are below %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

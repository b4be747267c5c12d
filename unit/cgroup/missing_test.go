package cgroup

import (
	"strings"
	"testing"
)

func TestMissingCommand(t *testing.T) {
	const (
		lines = "3:memory:/a\n2:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n"
		top   = "1 0 0:1 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
	)
	at := func(dir, options string) string {
		return "2 1 0:2 / /sys/fs/cgroup/" + dir + " rw - cgroup cgroup rw," + options + "\n"
	}
	memory, systemd := at("memory", "memory"), at("systemd", "name=systemd")
	for name, test := range map[string]struct{ lines, mountinfo, want string }{
		"the v2 tree": {"2:net_cls:/\n1:name=systemd:/\n0::/\n", "", "mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup"},
		"one of v1":   {lines, top + memory + systemd, mountV1("cpu,cpuacct", "cpu,cpuacct")},
		"systemd's":   {lines, top + memory + at("c", "cpu,cpuacct"), mountV1("systemd", "none,name=systemd")},
		"all of v1": {lines, "", "mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup && " + mountV1("systemd", "none,name=systemd") +
			" && for c in memory cpu,cpuacct; do " + mountV1("$c", "$c") + "; done"},
		"nothing": {lines, top + memory + systemd + at("c", "cpu,cpuacct"), ""},
	} {
		if got := MissingOf(test.lines, test.mountinfo).Command(); got != test.want {
			t.Errorf("%s: %s\nwant %s", name, got, test.want)
		}
	}
	one, ok := MissingOf(lines, top).Of("cpuacct")
	if got := one.Command(); !ok || got != mountV1("cpu,cpuacct", "cpu,cpuacct") {
		t.Errorf("cpuacct's: %s", got)
	}
	if _, ok := MissingOf(lines, top+memory).Of("memory"); ok {
		t.Error("a controller is missing that is mounted")
	}
	if io, ok := MissingOf(lines+"4:blkio:/\n", top).Of("io"); !ok || !strings.Contains(io.Command(), "-o blkio ") {
		t.Errorf("io's, which v1 calls blkio: %s", io.Command())
	}
}

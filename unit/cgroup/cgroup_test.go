package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const hybridMounts = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 /process_api /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
broken line
42 31 0:39 / - cgroup cgroup rw,pids
`

func TestParseMounts(t *testing.T) {
	mounts := parseMounts(hybridMounts)
	for controller, want := range map[string]Mount{
		"":             {"/sys/fs/cgroup/unified", "/"},
		"cpu":          {"/sys/fs/cgroup/cpu,cpuacct", "/"},
		"cpuacct":      {"/sys/fs/cgroup/cpu,cpuacct", "/"},
		"memory":       {"/sys/fs/cgroup/memory", "/process_api"},
		"name=systemd": {"/sys/fs/cgroup/systemd", "/"},
		"pids":         {},
	} {
		if got := mounts[controller]; got != want {
			t.Errorf("%q is mounted at %+v, want %+v", controller, got, want)
		}
	}
}

func TestMountDir(t *testing.T) {
	for _, c := range []struct {
		mount     Mount
		own, want string
	}{
		{Mount{"/m", "/"}, "/a.scope", "/m/a.scope"},
		{Mount{"/m", "/box"}, "/box/a.scope", "/m/a.scope"},
		{Mount{"/m", "/"}, "/", "/m/"},
		{Mount{"/m", "/box"}, "/box", "/m"},
	} {
		if got := c.mount.dir(c.own); got != c.want {
			t.Errorf("%q of %+v is %q, want %q", c.own, c.mount, got, c.want)
		}
	}
}

// Row K4: a hybrid machine, where each hierarchy may leave the process elsewhere.
func TestLegacyCgroup(t *testing.T) {
	found, err := legacy([]string{
		"9:name=systemd:/system.slice/a.scope", "4:memory:/process_api/system.slice/a.scope",
		"3:cpu,cpuacct:/", "2:freezer:/", "0::/system.slice/a.scope", "nonsense",
	}, parseMounts(hybridMounts))
	if err != nil {
		t.Fatal(err)
	}
	if found.Path != "/system.slice/a.scope" || !found.V1() || !found.IsUnit("a.scope") {
		t.Errorf("got %+v, want systemd's own path", found)
	}
	for controller, want := range map[string]string{
		"memory": "/sys/fs/cgroup/memory/system.slice/a.scope",
		"cpu":    "", // a parent's figures are not the scope's
		"io":     "", "pids": "", "freezer": "",
	} {
		if got := found.dir(controller); got != want {
			t.Errorf("directory of %s is %q, want %q", controller, got, want)
		}
	}
	if want := "/sys/fs/cgroup/unified/system.slice/a.scope"; found.Unified != want {
		t.Errorf("the v2 tree has it in %q, want %q", found.Unified, want)
	}
}

func TestLegacyCgroupWithoutSystemd(t *testing.T) {
	if found, err := legacy([]string{"4:memory:/a.scope", "0::/a.scope"}, parseMounts(hybridMounts)); err == nil {
		t.Errorf("got %+v, want an error: systemd's hierarchy is not there", found)
	}
}

// Row B16: only the unit's own directory is the unit's.
func TestIsUnit(t *testing.T) {
	for dir, want := range map[string]bool{
		"/system.slice/a.scope": true, "/a.scope": true, "/xa.scope": false, "/a.scope/sub": false, "a.scope": false, "": false, "/": false,
	} {
		if isUnit(dir, "a.scope") != want {
			t.Errorf("isUnit(%q, a.scope) is %v", dir, !want)
		}
	}
}

// A file that is not the kernel's own proves nothing, nor does a link to one.
func TestReadFileTrustsTheKernelAlone(t *testing.T) {
	dir := t.TempDir()
	fake := filepath.Join(dir, "memory.max")
	if err := os.WriteFile(fake, []byte("104857600\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("/sys/fs/cgroup", link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fake, link} {
		if content, err := readFile(name); err == nil {
			t.Errorf("%s was read as %q", name, content)
		}
	}
	if _, err := readFile(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file gives %v, want os.ErrNotExist", err)
	}
}

// The process that asks is somewhere, whatever machine this is.
func TestOf(t *testing.T) {
	if mounts, err := os.ReadFile("/proc/self/mountinfo"); err != nil || !strings.Contains(string(mounts), " "+Root) {
		t.Skip("no cgroups here:", err)
	}
	own, err := Of("self", FindMounts)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(own.Path, "/") {
		t.Errorf("own cgroup is %q", own.Path)
	}
	if _, err := Of("0", FindMounts); err == nil {
		t.Error("process 0 has a cgroup")
	}
}

// Row K4: the v2 tree alone has the limits, and somebody has mounted net_cls too.
func TestUnifiedPath(t *testing.T) {
	for lines, want := range map[string]string{
		"0::/a.scope":                      "/a.scope",
		"2:net_cls:/\n0::/user/a.scope":    "/user/a.scope",
		"2:net_cls:/0::/no\n1:net_prio:/b": "",
	} {
		if got, ok := unifiedPath(lines); ok && got != want || ok != (want != "") {
			t.Errorf("of %q the path is %q, want %q", lines, got, want)
		}
	}
}

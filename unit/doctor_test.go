package unit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slimrun/slimrun/unit/problem"
)

const (
	mountsV2 = "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
	mountsV1 = "30 1 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n" +
		"31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" +
		"32 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
	mountsHybrid = mountsV1 + "33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	userCgroup   = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers"
	oneSwap      = "Filename Type Size Used Priority\n/swap file 1 0 -2\n"
)

// fakeHost is a machine that has these files and nothing else.
func fakeHost(t *testing.T, uid int, files map[string]string) Host {
	t.Helper()
	h := Host{Root: t.TempDir(), UID: uid, RuntimeDir: filepath.Join(t.TempDir(), "none"), Systemd: []string{"/nonexistent/systemd"}}
	for name, content := range files {
		path := filepath.Join(h.Root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func checkOf(t *testing.T, checks []Check, name string) Check {
	t.Helper()
	for _, check := range checks {
		if check.Name == name {
			return check
		}
	}
	t.Fatalf("no check %q in %+v", name, checks)
	return Check{}
}

// Each row breaks one thing; its check must say so, with the remedy.
func TestDoctorNamesWhatIsBroken(t *testing.T) {
	systemd := map[string]string{booted + "/x": "", "/proc/self/mountinfo": mountsV2}
	with := func(more ...string) map[string]string {
		files := map[string]string{}
		for name, content := range systemd {
			files[name] = content
		}
		for i := 0; i < len(more); i += 2 {
			files[more[i]] = more[i+1]
		}
		return files
	}
	for name, test := range map[string]struct {
		uid    int
		files  map[string]string
		check  string
		state  State
		remedy string
	}{
		"systemd not installed, not needed": {0, systemd, "systemd", Missing, "apt-get install systemd"},
		"systemd not installed, needed":     {0, map[string]string{}, "systemd", Broken, "apt-get install systemd"},
		"embedded manager cannot be":        {0, map[string]string{}, "embedded manager", Broken, "apt-get install systemd"},
		"systemd not running, a user":       {1000, map[string]string{}, "pid 1", Missing, "as root"},
		"no user manager":                   {1000, systemd, "user manager", Broken, ""},
		"no cgroups":                        {0, map[string]string{}, "cgroups", Broken, "mount -t cgroup2"},
		"cgroup v1":                         {0, with("/proc/self/mountinfo", mountsV1), "cgroups", Missing, "unified_cgroup_hierarchy=1"},
		"hybrid":                            {0, with("/proc/self/mountinfo", mountsHybrid), "cgroups", Missing, "unified_cgroup_hierarchy=1"},
		"memory not delegated to the user":  {1000, with(userCgroup, "cpu pids"), "memory controller", Broken, "Delegate=cpu cpuset io memory pids"},
		"io not delegated to the user":      {1000, with(userCgroup, "cpu memory pids"), "io controller", Missing, "Delegate=cpu cpuset io memory pids"},
		"io is delegated to the user":       {1000, with(userCgroup, "cpu io memory pids"), "io controller", Works, ""},
		"memory switched off at boot":       {0, with("/sys/fs/cgroup/cgroup.controllers", "cpu io pids"), "memory controller", Broken, "cgroup_disable=memory"},
		"v1 delegates nothing to a user":    {1000, with("/proc/self/mountinfo", mountsV1), "memory controller", Broken, "unified_cgroup_hierarchy=1"},
		"v1 has memory for root":            {0, with("/proc/self/mountinfo", mountsV1), "memory controller", Works, ""},
		"v1 has no pids here":               {0, with("/proc/self/mountinfo", mountsV1), "pids controller", Missing, "unified_cgroup_hierarchy=1"},
		"v1 has pids, not mounted":          {0, with("/proc/self/mountinfo", mountsV1, "/proc/self/cgroup", "1:pids:/\n"), "pids controller", Missing, "mount -t cgroup -o pids"},
		"v1 has pids, for root alone":       {1000, with("/proc/self/mountinfo", mountsV1, "/proc/self/cgroup", "1:pids:/\n"), "pids controller", Missing, "unified_cgroup_hierarchy=1"},
		"v1 and swap":                       {0, with("/proc/self/mountinfo", mountsV1, "/proc/swaps", oneSwap), "swap", Broken, "swapoff -a"},
		"v2 and swap":                       {0, with("/proc/swaps", oneSwap), "swap", Works, ""},
		"no PSI":                            {0, systemd, "pressure", Missing, "psi=1"},
		"PSI":                               {0, with("/proc/pressure/memory", "some"), "pressure", Works, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := fakeHost(t, test.uid, test.files)
			check := checkOf(t, h.Examine(t.Context()), test.check)
			if check.State != test.state || !strings.Contains(check.Remedy, test.remedy) {
				t.Errorf("%+v, want %s with a remedy that has %q", check, test.state, test.remedy)
			}
			if check.State == Broken && check.Remedy == "" {
				t.Errorf("%+v: broken without a remedy", check)
			}
		})
	}
}

// An executable that is not root's alone is not run, not even for its version.
func TestDoctorRunsNoStrangersSystemd(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: to own the file and give it away")
	}
	h := fakeHost(t, 0, map[string]string{"systemd": "#!/bin/sh\necho systemd 999; touch $0.ran\n"})
	path := filepath.Join(h.Root, "systemd")
	h.Systemd = []string{path}
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if check := h.systemd(t.Context()); check.State != Works || check.Found != "999, "+path {
		t.Errorf("root's own: %+v", check)
	}
	os.Remove(path + ".ran")
	if err := os.Chown(path, 12345, 0); err != nil {
		t.Fatal(err)
	}
	if check := h.systemd(t.Context()); check.State != Broken {
		t.Errorf("a stranger's: %+v, want it broken", check)
	}
	if _, err := os.Stat(path + ".ran"); err == nil {
		t.Error("a stranger's program was run")
	}
}

// What is broken is said in one line, with the first remedy there is.
func TestFailed(t *testing.T) {
	check := Failed("a run", Broken, errors.Join(problem.Of(errors.New("one"), "mend it"), errors.New("two")))
	if want := (Check{"a run", Broken, "one; two", "mend it"}); check != want {
		t.Errorf("%+v, want %+v", check, want)
	}
}

package spec

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit"
)

func TestUlimits(t *testing.T) {
	for text, want := range map[string]nsinit.Rlimit{
		"nofile=1024":                 {Name: "nofile", Resource: unix.RLIMIT_NOFILE, Soft: 1024, Hard: 1024},
		"nofile=1:2":                  {Name: "nofile", Resource: unix.RLIMIT_NOFILE, Soft: 1, Hard: 2},
		"core=0:-1":                   {Name: "core", Resource: unix.RLIMIT_CORE, Soft: 0, Hard: unix.RLIM_INFINITY},
		"memlock=unlimited":           {Name: "memlock", Resource: unix.RLIMIT_MEMLOCK, Soft: unix.RLIM_INFINITY, Hard: unix.RLIM_INFINITY},
		"stack=1:9223372036854775807": {Name: "stack", Resource: unix.RLIMIT_STACK, Soft: 1, Hard: 1<<63 - 1},
	} {
		if got, err := parseUlimit(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "nofile", "nofile=", "nofile=x", "nofile=2:1", "nofile=-2", "no=1", "=1", "nofile=1:2:3",
		"nofile=1M",
	} {
		if problems := problemsOf("ulimit=" + text); len(problems) != 1 ||
			!strings.Contains(problems[0], strconv.Quote(text)) {
			t.Errorf("%q: %q", text, problems)
		}
	}
}

func TestFileFlags(t *testing.T) {
	dir := t.TempDir()
	spec, err := read("root="+dir, "bind="+dir, "bind="+dir+":/x:ro", "bind="+dir+":ro", "tmpfs=/t", "tmpfs=/u/../v:1M")
	want := nsinit.Files{Root: dir, Mounts: []nsinit.Mount{
		{Target: "/t"},
		{Target: "/v", Size: 1 << 20},
		{Source: dir, Target: dir},
		{Source: dir, Target: "/x", ReadOnly: true},
		{Source: dir, Target: dir, ReadOnly: true},
	}}
	if err != nil || !cmp.Equal(spec.Files, want) {
		t.Errorf("%v\n%s", err, cmp.Diff(want, spec.Files))
	}
	for _, bad := range []string{
		"root=" + dir + "/none", "overlay=-", "bind=", "bind=" + dir + ":x", "bind=" + dir + ":/a:b:ro", "bind=" + dir + "/none",
		"tmpfs=x", "tmpfs=/", "tmpfs=/x:0", "tmpfs=/x:1Q",
	} {
		if problems := problemsOf(bad); len(problems) != 1 {
			t.Errorf("%s: %q, want one problem", bad, problems)
		}
	}
	if problems := problemsOf("read-only=true", "share=mount"); len(problems) != 1 {
		t.Errorf("--read-only with --share mount: %q", problems)
	}
}

func TestGuardFlags(t *testing.T) {
	bind, chown := uint64(1)<<unix.CAP_NET_BIND_SERVICE, uint64(1)<<unix.CAP_CHOWN
	spec, err := read("cap-drop=ALL", "cap-add=CAP_NET_BIND_SERVICE,chown")
	if g := spec.Guard; err != nil || !g.Drops || g.Bound != bind|chown || g.Add != bind|chown ||
		g.NoNewPrivs != (os.Geteuid() != 0) {
		t.Errorf("%+v %v", g, err)
	}
	spec, err = read("cap-drop=chown", "root=/")
	if g := spec.Guard; err != nil || g.Bound != ^chown || g.Add != 0 || !g.NoNewPrivs {
		t.Errorf("%+v %v", g, err)
	}
	if spec, err = read("no-new-privs=false", "root=/"); spec.Guard.NoNewPrivs || err != nil {
		t.Errorf("--no-new-privs=false was not heard: %v", err)
	}
	if spec, err = read("seccomp=default"); !spec.Guard.NoNewPrivs || err != nil {
		t.Errorf("--seccomp brings no --no-new-privs: %v", err)
	}
	if problems := problemsOf("cap-drop=x", "cap-add=all"); len(problems) != 2 {
		t.Errorf("bad names: %q", problems)
	}
}

func TestUnshareFlags(t *testing.T) {
	if spec, err := read("unshare=ipc,net", "unshare=cgroup,user,pid"); err != nil ||
		spec.Unshare != (Unshare{IPC: true, Net: true, Cgroup: true, User: true}) {
		t.Errorf("%+v %v", spec.Unshare, err)
	}
	for _, bad := range [][]string{{"unshare=foo"}, {"unshare=user", "share=user"}, {"unshare=cgroup", "share=mount"}} {
		if problems := problemsOf(bad...); len(problems) != 1 {
			t.Errorf("%v: %q, want one problem", bad, problems)
		}
	}
}

// Docker's meanings, in systemd's words.
func TestDockersFlags(t *testing.T) {
	for given, want := range map[string]string{
		"memory=100M memory-swap=150M":       "MemorySwapMax=52428800",
		"memory=100M memory-swap=100M":       "MemorySwapMax=0",
		"memory=100M memory-swap=-1":         "MemorySwapMax=infinity",
		"memory=100M memory-swap=50M":        "no less than --memory",
		"memory-swap=50M":                    "want --memory too",
		"memory=1M memory-swap=5M swap=1M":   "drop one",
		"cpu-shares=1024":                    "CPUWeight=100",
		"cpu-shares=2":                       "CPUWeight=1",
		"cpu-shares=262144":                  "CPUWeight=10000",
		"cpu-shares=1":                       "2 to 262144",
		"memory-reservation=1M pids-limit=9": "MemoryLow=1048576",
		"pids-limit=-1":                      "TasksMax=infinity",
		"pids-limit=0":                       "TasksMax=infinity",
		"pids-limit=9":                       "TasksMax=9",
		"pids-limit=x":                       `--pids-limit "x"`,
		"pids=0":                             `--pids "0"`,
		"cpu-shares=0 pids=1":                "<nil> TasksMax=1",
		"memory=1M memory-swap=0":            "MemorySwapMax=0",
		"cpuset-cpus=x":                      `--cpuset-cpus "x"`,
		"blkio-weight=500":                   "IOWeight=100",
		"blkio-weight=10":                    "IOWeight=2",
		"blkio-weight=1000":                  "IOWeight=200",
		"blkio-weight=5":                     "10 to 1000",
		"io-weight=5":                        "IOWeight=5",
		"device-read-bps=x":                  `--device-read-bps "x"`,
	} {
		spec, err := read(strings.Fields(given)...)
		said := fmt.Sprint(err)
		for _, asked := range spec.Limits {
			said += " " + strings.Join(asked.Assignments(), " ")
		}
		if !strings.Contains(said+" ", want) || (err == nil) != strings.Contains(want, "=") {
			t.Errorf("%s: %s, want %q", given, said, want)
		}
	}
}

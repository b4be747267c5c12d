package spec

import (
	"os"
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
	for _, text := range []string{"", "nofile", "nofile=", "nofile=x", "nofile=2:1", "nofile=-2", "no=1", "=1", "nofile=1:2:3", "nofile=1M"} {
		if _, err := parseUlimit(text); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Docker's meanings, in systemd's words.
func TestFromDocker(t *testing.T) {
	for _, c := range []struct {
		asked, want map[string]string
		problem     string
	}{
		{map[string]string{"memory": "100M", "memory-swap": "150M"}, map[string]string{"memory": "100M", "swap": "52428800"}, ""},
		{map[string]string{"memory": "100M", "memory-swap": "100M"}, map[string]string{"memory": "100M", "swap": "0"}, ""},
		{map[string]string{"memory": "100M", "memory-swap": "-1"}, map[string]string{"memory": "100M", "swap": "infinity"}, ""},
		{map[string]string{"memory": "100M", "memory-swap": "50M"}, nil, "no less than --memory"},
		{map[string]string{"memory-swap": "50M"}, nil, "want --memory too"},
		{map[string]string{"memory": "1M", "memory-swap": "5M", "swap": "1M"}, nil, "drop one"},
		{map[string]string{"cpu-shares": "1024"}, map[string]string{"cpu-weight": "100"}, ""},
		{map[string]string{"cpu-shares": "2"}, map[string]string{"cpu-weight": "1"}, ""},
		{map[string]string{"cpu-shares": "262144"}, map[string]string{"cpu-weight": "10000"}, ""},
		{map[string]string{"cpu-shares": "1"}, nil, "2 to 262144"},
	} {
		got, err := fromDocker(c.asked)
		switch {
		case c.problem != "":
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%v: %v, want %q", c.asked, err, c.problem)
			}
		case err != nil || !cmp.Equal(got, c.want):
			t.Errorf("%v: %v, %v", c.asked, got, err)
		}
	}
}

func TestFileFlags(t *testing.T) {
	dir := t.TempDir()
	f, err := readFiles(FileRequest{Root: dir, Binds: []string{dir, dir + ":/x:ro", dir + ":ro"}, Tmpfs: []string{"/t", "/u/../v:1M"}}, Share{})
	want := nsinit.Files{Root: dir, Mounts: []nsinit.Mount{
		{Target: "/t"},
		{Target: "/v", Size: 1 << 20},
		{Source: dir, Target: dir},
		{Source: dir, Target: "/x", ReadOnly: true},
		{Source: dir, Target: dir, ReadOnly: true},
	}}
	if err != nil || !cmp.Equal(f, want) {
		t.Errorf("%v\n%s", err, cmp.Diff(want, f))
	}
	for _, bad := range []FileRequest{
		{Root: dir + "/none"},
		{Overlay: "-"},
		{Binds: []string{""}},
		{Binds: []string{dir + ":x"}},
		{Binds: []string{dir + ":/a:b:ro"}},
		{Binds: []string{dir + "/none"}},
		{Tmpfs: []string{"x"}},
		{Tmpfs: []string{"/"}},
		{Tmpfs: []string{"/x:0"}},
		{Tmpfs: []string{"/x:1Q"}},
	} {
		if _, err := readFiles(bad, Share{}); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if _, err := readFiles(FileRequest{ReadOnly: true}, Share{Mount: true}); err == nil {
		t.Error("--read-only with --share mount was taken")
	}
}

func TestGuardFlags(t *testing.T) {
	bind, chown := uint64(1)<<unix.CAP_NET_BIND_SERVICE, uint64(1)<<unix.CAP_CHOWN
	g, err := readGuard(GuardRequest{CapDrop: []string{"ALL"}, CapAdd: []string{"CAP_NET_BIND_SERVICE", "chown"}}, "")
	if err != nil || !g.Drops || g.Bound != bind|chown || g.Add != bind|chown || g.NoNewPrivs != (os.Geteuid() != 0) {
		t.Errorf("%+v %v", g, err)
	}
	g, err = readGuard(GuardRequest{CapDrop: []string{"chown"}}, "/root")
	if err != nil || g.Bound != ^chown || g.Add != 0 || !g.NoNewPrivs {
		t.Errorf("%+v %v", g, err)
	}
	no := false
	if g, _ = readGuard(GuardRequest{NoNewPrivs: &no}, "/root"); g.NoNewPrivs {
		t.Error("--no-new-privs=false was not heard")
	}
	if _, err := readGuard(GuardRequest{CapDrop: []string{"x"}, CapAdd: []string{"all"}}, ""); err == nil {
		t.Error("bad names were taken")
	}
}

func TestUnshareFlags(t *testing.T) {
	if u, err := readUnshare([]string{"ipc", "net", "cgroup", "user", "pid"}, Share{}, nil); err != nil || u != (Unshare{IPC: true, Net: true, Cgroup: true, User: true}) {
		t.Errorf("%+v %v", u, err)
	}
	for _, bad := range [][]string{{"foo"}, {"user"}, {"cgroup"}} {
		if _, err := readUnshare(bad, Share{Mount: true, User: true}, []string{"user", "mount"}); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

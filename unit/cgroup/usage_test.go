package cgroup

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ptr(n uint64) *uint64 { return &n }

// Row M6: a figure that the kernel does not give is nil, never 0.
func TestUsageOfNothingIsNil(t *testing.T) {
	fake := filepath.Join(t.TempDir(), "a.scope")
	if err := os.Mkdir(fake, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string]string{
		"memory.events": "max 1\nhigh 1\noom_kill 1\n", "memory.peak": "1\n", "memory.swap.peak": "1\n", "pids.peak": "1\n",
		"cpu.stat": "usage_usec 1\n", "io.stat": "8:0 rbytes=1 wbytes=1\n", "cpu.pressure": "some total=1\n",
	} {
		if err := os.WriteFile(filepath.Join(fake, file), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, gone := range map[string]Cgroup{
		"v2":                  {Path: "/a.scope", Unified: "/nonexistent/a.scope"},
		"v1":                  {Path: "/a.scope", Dirs: map[string]string{"memory": "/nonexistent/a.scope", "": "/nonexistent/a.scope"}},
		"v1 left in a parent": leftInParents(t),
		"fake files":          {Path: "/a.scope", Unified: fake},
	} {
		t.Run(name, func(t *testing.T) {
			want := Usage{Pressure: map[string]*Pressure{"cpu": nil, "memory": nil, "io": nil}}
			if diff := cmp.Diff(want, gone.Usage()); diff != "" {
				t.Errorf("figures of a cgroup that is not there: %s", diff)
			}
			if diff := cmp.Diff(OOM{}, gone.OOM()); diff != "" {
				t.Errorf("events of a cgroup that is not there: %s", diff)
			}
		})
	}
}

// leftInParents is a scope on v1 that is in no hierarchy but systemd's: it has the
// figures of whatever is above nowhere. On v2 it is nowhere at all.
func leftInParents(t *testing.T) Cgroup {
	t.Helper()
	mounts, err := FindMounts()
	if err != nil {
		t.Fatal(err)
	}
	c := Cgroup{Path: "/a.scope", Dirs: map[string]string{}}
	for controller, mount := range mounts {
		c.Dirs[controller] = mount.Point
	}
	c.Unified = c.Dirs[""]
	return c
}

func TestParseNumber(t *testing.T) {
	for content, want := range map[string]*uint64{
		"0": ptr(0), " 42\n": ptr(42), "18446744073709551615": ptr(^uint64(0)),
		"max": nil, "": nil, "-1": nil, "1.5": nil, "18446744073709551616": nil,
	} {
		if diff := cmp.Diff(want, parseNumber(content)); diff != "" {
			t.Errorf("parseNumber(%q): %s", content, diff)
		}
	}
}

func TestParsePairs(t *testing.T) {
	got := parsePairs("low 0\nhigh 3\nmax 17\noom_kill 2\nodd\nworse x\n")
	for key, want := range map[string]*uint64{
		"low": ptr(0), "high": ptr(3), "max": ptr(17), "oom_kill": ptr(2), "odd": nil, "worse": nil, "oom_group_kill": nil,
	} {
		if diff := cmp.Diff(want, got[key]); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
}

func TestParseIOStat(t *testing.T) {
	for content, want := range map[string][2]uint64{
		"8:0 rbytes=100 wbytes=20 rios=3 wios=4 dbytes=9 dios=0\n8:16 rbytes=1 wbytes=2 rios=1 wios=1": {101, 22},
		"8:0 8:16 rbytes=5 wbytes=6": {5, 6}, // kernels before 5.19 forget newlines of idle devices
		"":                           {},
		"8:0":                        {},
	} {
		if r, w := parseIOStat(content); r != want[0] || w != want[1] {
			t.Errorf("io.stat %q: read %d, written %d, want %v", content, r, w, want)
		}
	}
}

func TestParseBlkio(t *testing.T) {
	const content = "8:0 Read 4096\n8:0 Write 8192\n8:0 Sync 1\n8:0 Total 12288\n8:16 Read 1\nTotal 12289\n"
	if r, w := parseBlkio(content); r != 4097 || w != 8192 {
		t.Errorf("read %d, written %d, want 4097 and 8192", r, w)
	}
}

func TestParsePressure(t *testing.T) {
	const some = "some avg10=0.00 avg60=0.10 avg300=0.00 total=1234\n"
	for content, want := range map[string]*Pressure{
		some + "full avg10=0.00 avg60=0.00 avg300=0.00 total=56\n": {Some: ptr(1234), Full: ptr(56)},
		some:          {Some: ptr(1234)}, // cpu before kernel 5.13
		"some total=": {},
		"":            nil,
	} {
		if diff := cmp.Diff(want, parsePressure(content)); diff != "" {
			t.Errorf("%q: %s", content, diff)
		}
	}
}

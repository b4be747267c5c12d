package cgroup

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the page cache holds is no part of what a run needs; shared memory, which
// the kernel counts as cache, is.
func TestWorkingSet(t *testing.T) {
	for name, c := range map[string]struct {
		add  func(*Reading, []byte)
		stat string
		want Reading
	}{
		"v2": {
			(*Reading).addUnified,
			"anon 1000\nfile 700\nkernel 900\nkernel_stack 20\npagetables 30\nsec_pagetables 1\npercpu 2\nsock 3\nvmalloc 4\nshmem 200\nfile_mapped 50\nslab_reclaimable 60\nslab_unreclaimable 5\nslab 65\nfile_dirty 7\nfile_writeback 8\npgfault 9\n",
			Reading{WorkingSet: 1265, Cache: 560, Dirty: 15},
		},
		"v2 before 5.18": {(*Reading).addUnified, "anon 1\nfile 5\nkernel_stack 2\nshmem 0\n", Reading{WorkingSet: 3, Cache: 5}},
		"v1, of all below it": {
			(*Reading).addLegacy,
			"cache 1\nrss 2\ntotal_cache 700\ntotal_rss 1000\ntotal_rss_huge 900\ntotal_shmem 200\ntotal_swap 30\ndirty 1\ntotal_dirty 6\ntotal_writeback 3\nhierarchical_memory_limit 104857600\n",
			Reading{WorkingSet: 1230, Cache: 500, Dirty: 9, Limit: 104857600},
		},
		"v1 without a limit": {(*Reading).addLegacy, "total_rss 1\nhierarchical_memory_limit 9223372036854771712\n", Reading{WorkingSet: 1}},
	} {
		var got Reading
		c.add(&got, []byte(c.stat))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestGaugeOfNothing(t *testing.T) {
	for name, gone := range map[string]Cgroup{
		"v2":         {Path: "/a.scope", Unified: "/nonexistent/a.scope"},
		"v1":         {Path: "/a.scope", Dirs: map[string]string{"memory": "/nonexistent/a.scope"}},
		"fake files": {Path: "/a.scope", Unified: t.TempDir() + "/a.scope"},
	} {
		gauge := gone.Gauge()
		if got, ok := gauge.Read(); ok {
			t.Errorf("%s: read %+v of a cgroup that is not there", name, got)
		}
		gauge.Close()
	}
}

func TestSomeTotal(t *testing.T) {
	for content, want := range map[string]uint64{
		"some avg10=0.00 avg60=0.10 avg300=0.00 total=1234\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=56\n": 1234,
		"":            NotGiven,
		"some total=": NotGiven,
	} {
		if got := someTotal([]byte(content)); got != want {
			t.Errorf("%q: %d, want %d", content, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for text, want := range map[string]uint64{
		"0": 0, " 42\n": 42, "max": NotGiven, "": NotGiven, "-1": NotGiven, "1.5": NotGiven,
		"18446744073709551616": NotGiven,
	} {
		if got := number([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

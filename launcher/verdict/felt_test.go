package verdict

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
)

func count(n uint64) *uint64 { return &n }

// Which limit was it: each that was felt, none that was not, and nothing of what
// the kernel does not count.
func TestFelt(t *testing.T) {
	disk, err := limit.IOReadBps.Ask("/dev:1M")
	if err != nil {
		disk.Row, _ = limit.Find("io-read-bps")
	}
	slow := map[string]*cgroup.Pressure{"io": {Some: count(500_000)}}
	for name, c := range map[string]struct {
		verdict Verdict
		want    map[string]any
	}{
		"unknown": {Verdict{}, map[string]any{}},
		"none": {Verdict{
			OOM: cgroup.OOM{Kills: count(0), Max: count(0), High: count(0)}, Forks: Forks{Refused: count(0)},
			Usage: cgroup.Usage{Periods: count(10), PeriodsThrottled: count(0)},
		}, map[string]any{}},
		"memory":                     {Verdict{OOM: cgroup.OOM{Max: count(3), High: count(1)}}, map[string]any{"memory": uint64(3), "memory-high": uint64(1)}},
		"tasks":                      {Verdict{Forks: Forks{Refused: count(2)}}, map[string]any{"pids": uint64(2)}},
		"CPU":                        {Verdict{Usage: cgroup.Usage{Periods: count(10), PeriodsThrottled: count(4)}}, map[string]any{"cpus": 0.4}},
		"a disk":                     {Verdict{Wall: time.Second, Proofs: []unit.Proof{{Asked: disk}}, Usage: cgroup.Usage{Pressure: slow}}, map[string]any{"io-read-bps": 0.5}},
		"a disk in passing":          {Verdict{Wall: time.Minute, Proofs: []unit.Proof{{Asked: disk}}, Usage: cgroup.Usage{Pressure: slow}}, map[string]any{}},
		"a slow disk without limits": {Verdict{Wall: time.Second, Usage: cgroup.Usage{Pressure: slow}}, map[string]any{}},
	} {
		got := map[string]any{}
		for _, f := range c.verdict.Felt() {
			if got[f.Row.Flag] = f.Times; f.Share > 0 {
				got[f.Row.Flag] = f.Share
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

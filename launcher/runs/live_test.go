package runs

import (
	"testing"
	"time"

	"github.com/slimrun/slimrun/unit/cgroup"
)

func some[T any](v T) *T { return &v }

// What a run took between two looks is a share of that time; what is not known twice
// is not known.
func TestSince(t *testing.T) {
	then := time.Unix(1000, 0)
	was := before{at: then, cpu: some(uint64(1e6)), waits: map[string]*cgroup.Pressure{"cpu": {Some: some(uint64(0))}, "io": nil}}
	is := before{at: then.Add(2 * time.Second), cpu: some(uint64(4e6)), waits: map[string]*cgroup.Pressure{
		"cpu": {Some: some(uint64(5e5))}, "io": {Some: some(uint64(9))}, "memory": {Some: some(uint64(9))},
	}}
	u := Use{CPUPercent: some(7.0)}
	u.since(was, is)
	if *u.CPUPercent != 150 || *u.Waits["cpu"] != 25 || u.Waits["io"] != nil || u.Waits["memory"] != nil {
		t.Errorf("got %v, %v", *u.CPUPercent, u.Waits)
	}
	first := Use{CPUPercent: some(7.0)}
	first.since(before{}, is)
	if *first.CPUPercent != 7 || first.Waits != nil {
		t.Errorf("of the first look: %v, %v", *first.CPUPercent, first.Waits)
	}
	// Another run of the same name counts from 0.
	u.since(is, before{at: is.at.Add(time.Second), cpu: some(uint64(5))})
	if u.CPUPercent != nil {
		t.Errorf("of another run: %v", *u.CPUPercent)
	}
}

func TestKilled(t *testing.T) {
	run := Run{Name: "web"}
	for _, c := range []struct {
		was, is *uint64
		want    []Event
	}{
		{nil, some(uint64(1)), nil},
		{some(uint64(1)), nil, nil},
		{some(uint64(1)), some(uint64(1)), nil},
		{some(uint64(1)), some(uint64(4)), []Event{{Name: "web", Killed: 3, InAll: 4}}},
	} {
		got := killed(run, before{kills: c.was}, before{kills: c.is})
		if len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
			t.Errorf("%v, %v: %v, want %v", c.was, c.is, got, c.want)
		}
	}
}

package sizing

import (
	"strings"
	"testing"

	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/problem"
)

const m = 1 << 20

// run is a recorded one: its need in M, its outcome, what was killed, its limit.
type run struct {
	need    uint64
	outcome verdict.Outcome
	status  int
	kills   uint64
	limit   string
}

func ok(need uint64) run { return run{need, verdict.Exited, 0, 0, "4294967296"} }

func reports(runs []run) (all []verdict.Report) {
	for _, r := range runs {
		need, pids := r.need*m, uint64(7)
		all = append(all, verdict.Report{
			Outcome: r.outcome, ExitCode: r.status,
			Usage:  verdict.UsageReport{WorkingSet: &need, PidsPeak: &pids, Wall: 4_000_000},
			OOM:    verdict.OOMReport{Kills: &r.kills},
			Limits: map[string]verdict.LimitReport{"memory": {Kernel: &r.limit}},
		})
	}
	return all
}

// The rule of docs/sizing.md, and when there is nothing to go by.
func TestOf(t *testing.T) {
	killed := func(at string) run { return run{90, verdict.OOMKilled, 137, 1, at} }
	failed := run{500, verdict.Exited, 1, 0, ""}
	for name, c := range map[string]struct {
		runs []run
		want uint64 // in M
		err  string
	}{
		"none":                        {nil, 0, "no run of it is recorded"},
		"two":                         {[]run{ok(100), ok(100)}, 0, "2 of its 2"},
		"three alike":                 {[]run{ok(100), ok(100), ok(100)}, 114, ""},
		"three that differ":           {[]run{ok(100), ok(80), ok(60)}, 136, ""},
		"failed ones do not count":    {[]run{ok(100), failed, failed, ok(100)}, 0, "2 of its 4"},
		"nor do they size":            {[]run{failed, ok(100), ok(100), ok(100)}, 114, ""},
		"all were killed":             {[]run{killed("94371840"), killed("94371840"), killed("94371840")}, 0, "ended at their limit"},
		"some, at less than the rest": {[]run{killed("94371840"), ok(100), ok(100), ok(100)}, 114, ""},
		"some, at more":               {[]run{ok(100), ok(100), ok(100), killed("209715200")}, 0, "killed for memory at a limit of 209715200"},
		"old ones are forgotten":      {append([]run{ok(9000)}, repeat(ok(100), 20)...), 114, ""},
	} {
		got, err := Of(reports(c.runs))
		if c.err == "" && (err != nil || got.Memory != c.want*m || got.Pids != 20 || got.Time.Seconds() != 13) {
			t.Errorf("%s: %+v, %v, want %dM", name, got, err, c.want)
		}
		if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(problem.Remedy(err), "--record")) {
			t.Errorf("%s: %v, want %q with a remedy", name, err, c.err)
		}
	}
}

// Who writes has room for what waits to be written, however much cache there was.
func TestWriters(t *testing.T) {
	for dirty, want := range map[uint64]uint64{0: 114, 10 * m: 124, 400 * m: 146} {
		all := reports([]run{ok(100), ok(100), ok(100)})
		all[1].Samples = sample.Series{{Reading: cgroup.Reading{Cache: 400 * m, Dirty: dirty}}}
		if got, err := Of(all); err != nil || got.Memory != want*m || got.Dirty != dirty {
			t.Errorf("%d dirty: %+v, %v, want %dM", dirty, got, err, want)
		}
	}
}

func repeat(r run, times int) (all []run) {
	for range times {
		all = append(all, r)
	}
	return all
}

// A run that ended before the first look is sized by its peak, cache and all; one
// without any figure counts for nothing.
func TestShortRuns(t *testing.T) {
	peak := uint64(10 * m)
	short := verdict.Report{Outcome: verdict.Exited, Usage: verdict.UsageReport{MemoryPeak: &peak}}
	if got, err := Of([]verdict.Report{short, short, short}); err != nil || got.Memory != 15*m || got.Pids != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	none := verdict.Report{Outcome: verdict.Exited}
	if got, err := Of([]verdict.Report{none, none, none}); err == nil {
		t.Errorf("%+v of nothing", got)
	}
}

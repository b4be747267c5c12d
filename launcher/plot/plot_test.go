package plot

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/cgroup"
)

const m = 1 << 20

// course is what a made-up run takes at a time; nil figures are unknown.
type course func(at time.Duration, r *cgroup.Reading)

// sampled is a run of that length as a sampler sees it.
func sampled(length time.Duration, course course) (s sample.Series) {
	for at := 100 * time.Millisecond; at < length; at += sample.Pause(at) {
		r := cgroup.Reading{Limit: cgroup.NotGiven, Throttled: cgroup.NotGiven, Kills: 0}
		course(at, &r)
		s.Add(sample.Point{At: at, Reading: r})
	}
	return s
}

func usec(d time.Duration, share float64) uint64 { return uint64(float64(d.Microseconds()) * share) }

var courses = map[string]struct {
	length  time.Duration
	outcome verdict.Outcome
	kills   uint64
	course  course
	want    []string
}{
	"short": {350 * time.Millisecond, verdict.Exited, 0, func(at time.Duration, r *cgroup.Reading) {
		r.WorkingSet, r.Cache, r.Limit, r.CPU = 20*m, 5*m, 100*m, usec(at, 0.8)
	}, []string{"working set 20M", "limit 100M", ">0.3s<"}},
	"hour": {time.Hour, verdict.Exited, 0, func(at time.Duration, r *cgroup.Reading) {
		phase := at % (10 * time.Minute)
		r.WorkingSet = 200*m + uint64(phase/time.Second)*m/2
		r.Cache, r.Limit = 300*m, 1024*m
		if at > 40*time.Minute {
			r.Limit = 2048 * m
		}
		r.CPU = usec(at, 1.7)
		r.Waited = [3]uint64{usec(at, 0.4), usec(at, 0.02), usec(at, 0.2)}
	}, []string{"limit 1G", "limit 2G", "1h", "cache 3"}},
	"killed": {8 * time.Second, verdict.OOMKilled, 2, func(at time.Duration, r *cgroup.Reading) {
		r.WorkingSet = min(uint64(at.Seconds()*14*m), 100*m)
		r.Cache, r.Limit, r.CPU = 3*m, 100*m, usec(at, 1)
		if at > 7*time.Second {
			r.Kills, r.WorkingSet = 1, 30*m
		}
		r.Waited[1] = usec(max(at-5*time.Second, 0), 0.7)
	}, []string{"killed for memory", "limit 100M"}},
	"throttled": {time.Minute, verdict.Exited, 0, func(at time.Duration, r *cgroup.Reading) {
		r.WorkingSet, r.Limit, r.CPU = 30*m, 4096*m, usec(at, 0.5)
		r.Throttled = usec(max(at-20*time.Second, 0), 0.6)
		r.Waited = [3]uint64{usec(at, 0.5), 0, 0}
	}, []string{"throttled where underlined", "limit 4G, above the scale"}},
	"unknown": {2 * time.Second, verdict.Exited, 0, func(_ time.Duration, r *cgroup.Reading) {
		*r = cgroup.Reading{
			WorkingSet: 5 * m, Limit: cgroup.NotGiven, Kills: cgroup.NotGiven, CPU: cgroup.NotGiven,
			Throttled: cgroup.NotGiven,
		}
		r.Waited = [3]uint64{cgroup.NotGiven, cgroup.NotGiven, cgroup.NotGiven}
	}, []string{"unknown"}},
	"too short": {40 * time.Millisecond, verdict.Exited, 0, nil, []string{"it ended before"}},
	"a month": {30 * 24 * time.Hour, verdict.Exited, 0, func(at time.Duration, r *cgroup.Reading) {
		r.WorkingSet, r.Limit = uint64(at/time.Second)%977*m, 1024*m
		r.CPU, r.Waited = usec(at, 0.123), [3]uint64{usec(at, 0.7), usec(at, 0.3), usec(at, 0.01)}
	}, []string{"limit 1G"}},
}

// Every picture is XML that a browser shows, small, and says in words what matters.
// SLIMRUN_TEST_PICTURES names a directory to keep them in, to be looked at.
func TestSVG(t *testing.T) {
	for name, c := range courses {
		run := verdict.Report{
			Command: []string{"make", "-j2", `<&"]]>`, "\x00\xff", strings.Repeat("x", 200)},
			Outcome: c.outcome, Started: "2026-11-26T10:00:00Z",
			Usage: verdict.UsageReport{Wall: c.length.Microseconds()}, OOM: verdict.OOMReport{Kills: &c.kills},
		}
		var samples sample.Series
		if c.course != nil {
			samples = sampled(c.length, c.course)
		}
		picture := SVG(run, samples)
		if dir := os.Getenv("SLIMRUN_TEST_PICTURES"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".svg"), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if len(picture) > 60<<10 {
			t.Errorf("%s: %d bytes, want less than 60 KiB", name, len(picture))
		}
		if err := wellFormed(picture); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range c.want {
			if !bytes.Contains(picture, []byte(want)) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
		if bytes.Contains(picture, []byte("NaN")) || bytes.Contains(picture, []byte("Inf")) {
			t.Errorf("%s: a place that is none", name)
		}
	}
}

func wellFormed(picture []byte) error {
	for decoder := xml.NewDecoder(bytes.NewReader(picture)); ; {
		if _, err := decoder.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestTimeTicks(t *testing.T) {
	for _, length := range []time.Duration{
		time.Millisecond, 77 * time.Millisecond, time.Second, 59 * time.Second, 47 * time.Minute, time.Hour,
		100 * 24 * time.Hour,
	} {
		ticks := timeTicks(length)
		if n := len(ticks); n < 1 || n > 9 || ticks[n-1] > length {
			t.Errorf("%v: %v", length, ticks)
		}
	}
	for at, want := range map[time.Duration]string{
		0: "0", 500 * time.Millisecond: "0.5s", time.Minute: "1min", 90 * time.Minute: "1h30",
		2 * time.Hour: "2h",
	} {
		if got := timeText(at); got != want {
			t.Errorf("%v is %q, want %q", at, got, want)
		}
	}
}

func TestSizeTicks(t *testing.T) {
	for _, most := range []float64{1 << 20, 100 * m, 1000 * m, 1 << 50} {
		if ticks := sizeTicks(most); len(ticks) < 2 || len(ticks) > 4 || float64(ticks[len(ticks)-1]) > most {
			t.Errorf("%v: %v", most, ticks)
		}
	}
}

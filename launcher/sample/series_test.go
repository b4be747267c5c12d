package sample

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/unit/cgroup"
)

// lived are the points of a run of that length, as a sampler takes them, with one
// peak somewhere.
func lived(length time.Duration) (s Series, taken int) {
	peak := time.Duration(rand.Int64N(int64(length) * 9 / 10))
	reached := false
	for age := soonest; age < length; age += Pause(age) {
		p := Point{At: age, Reading: cgroup.Reading{WorkingSet: 100, Cache: 50, CPU: uint64(age.Microseconds())}}
		if age >= peak && !reached {
			p.WorkingSet, reached = 1000, true
		}
		s.Add(p)
		taken++
	}
	return s, taken
}

// However long a run is, what is kept of it is bounded, its peak among that.
func TestSeriesIsBounded(t *testing.T) {
	for _, length := range []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour, 30 * 24 * time.Hour} {
		s, taken := lived(length)
		peak, _ := s.Peak()
		if len(s) > most || len(s) < min(taken, most/2) || peak != 1000 && taken > 10 {
			t.Errorf("%v: %d of %d points, peak %d, want 1000", length, len(s), taken, peak)
		}
		for i := 1; i < len(s); i++ {
			if s[i].At <= s[i-1].At || s[i].CPU < s[i-1].CPU {
				t.Fatalf("%v: point %d is not behind the one before: %+v, %+v", length, i, s[i-1], s[i])
			}
		}
		if thin := s.Thin(100); len(thin) > 100 || thin[len(thin)-1].At != s[len(s)-1].At {
			t.Errorf("%v: thinned to %d, ending at %v", length, len(thin), thin[len(thin)-1].At)
		}
	}
}

// The cost of sampling: at most ten readings a second, some 130 in a minute.
func TestPause(t *testing.T) {
	for age, want := range map[time.Duration]time.Duration{
		0: soonest, time.Second: soonest, 32 * time.Second: time.Second, time.Hour: latest, 1000 * time.Hour: latest,
	} {
		if got := Pause(age); got != want {
			t.Errorf("at %v: %v, want %v", age, got, want)
		}
	}
	if _, taken := lived(time.Minute); taken < 100 || taken > 150 {
		t.Errorf("%d readings in a minute, want about 130", taken)
	}
}

// Thinning keeps the peak of the whole, too: most cache and most working set may
// come at different times.
func TestThinKeepsBothPeaks(t *testing.T) {
	s := Series{
		{At: 1, Reading: cgroup.Reading{WorkingSet: 10, Cache: 90, Dirty: 80}},
		{At: 2, Reading: cgroup.Reading{WorkingSet: 60, Cache: 5, Dirty: 4, Kills: 3}},
	}
	if got := s.Thin(1)[0]; got.WorkingSet != 60 || got.Cache != 40 || got.Dirty != 80 || got.Kills != 3 ||
		got.At != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestSeriesOfNothing(t *testing.T) {
	var none *Sampler
	if _, seen := none.End().Peak(); seen || none.Due() != nil {
		t.Error("a run that nobody samples has been seen")
	}
}

// What is written of a series is read again, and a figure that the kernel does
// not give is null.
func TestSeriesAsJSON(t *testing.T) {
	s, _ := lived(time.Minute)
	s[3].Limit, s[4].Kills, s[5].Dirty = cgroup.NotGiven, cgroup.NotGiven, cgroup.NotGiven
	s[6].Dirty = 70
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again Series
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	rounded := slices.Clone(s)
	for i := range rounded {
		rounded[i].At = rounded[i].At.Truncate(time.Microsecond)
	}
	if diff := cmp.Diff(rounded, again); diff != "" {
		t.Error(diff)
	}
	if most := again.Dirty(); most != 70 {
		t.Errorf("at most %d dirty, want 70", most)
	}
	if !bytes.Contains(text, []byte("null")) || len(text) > 200*len(s) {
		t.Errorf("%d bytes for %d points: %.300s", len(text), len(s), text)
	}
	for _, broken := range []string{
		`{"at_usec":[1,2],"kills":[1]}`, `{"at_usec":[2,1]}`, `[]`, `{"at_usec":[-1,"x"]}`,
	} {
		if err := json.Unmarshal([]byte(broken), &again); err == nil {
			t.Errorf("%s was read", broken)
		}
	}
}

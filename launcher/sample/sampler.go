package sample

import (
	"time"

	"github.com/slimrun/slimrun/unit/cgroup"
)

const (
	// soonest and latest bound the time between two readings. One costs 0.3 ms with
	// the wake-up, so ten a second are 0.3% of a CPU: for a few seconds only.
	soonest = 100 * time.Millisecond
	latest  = 2 * time.Second
	// share of its age after which a run is looked at again: what was true so long
	// will mostly be so a little longer.
	share = 32
)

// Pause is the time to the next reading of a run of that age.
func Pause(age time.Duration) time.Duration {
	return min(max(age/share, soonest), latest)
}

// Sampler takes the readings of one run. A nil Sampler takes none.
type Sampler struct {
	cgroup cgroup.Cgroup
	began  time.Time
	gauge  *cgroup.Gauge // nil before the first reading
	timer  *time.Timer
	series Series
}

// Begin begins to sample; nothing is opened yet.
func Begin(c cgroup.Cgroup) *Sampler {
	return &Sampler{cgroup: c, began: time.Now(), timer: time.NewTimer(soonest)}
}

// Due is when Take is to be called; never for a nil Sampler.
func (s *Sampler) Due() <-chan time.Time {
	if s == nil {
		return nil
	}
	return s.timer.C
}

// Take takes a reading.
func (s *Sampler) Take() {
	if s.gauge == nil {
		s.gauge = s.cgroup.Gauge()
	}
	age := time.Since(s.began)
	if reading, ok := s.gauge.Read(); ok {
		s.series.Add(Point{At: age, Reading: reading})
	}
	s.timer.Reset(Pause(age))
}

// End is what was seen, with what the kernel counted by the end of a run that was
// looked at before; the Sampler takes no more.
func (s *Sampler) End() Series {
	if s == nil {
		return nil
	}
	s.timer.Stop()
	if s.gauge != nil {
		s.Take()
		s.timer.Stop()
		s.gauge.Close()
	}
	return s.series
}

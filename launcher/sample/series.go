package sample

import (
	"time"

	"github.com/slimrun/slimrun/unit/cgroup"
)

// Point is a reading and when it was taken, from the run's start.
type Point struct {
	At time.Duration
	cgroup.Reading
}

// Series are the points of a run, in the order of their time.
type Series []Point

// most points are kept: more than a picture shows.
const most = 512

// Add adds a point. A series that is full is thinned to half.
func (s *Series) Add(p Point) {
	if len(*s) >= most {
		*s = s.Thin(most / 2)
	}
	*s = append(*s, p)
}

// Thin is the series with that many points at most: neighbours become one, with
// the peaks of both.
func (s Series) Thin(to int) Series {
	if len(s) <= to {
		return s
	}
	thin := make(Series, 0, to)
	for i := range to {
		from, end := i*len(s)/to, (i+1)*len(s)/to
		thin = append(thin, s[from:end].joined())
	}
	return thin
}

// joined is one point for all: what is counted since the start as at the end of
// them, working set, dirty pages and total as at their peaks.
func (s Series) joined() Point {
	one := s[len(s)-1]
	var total uint64
	for _, p := range s {
		one.WorkingSet = max(one.WorkingSet, p.WorkingSet)
		one.Dirty = max(one.Dirty, p.Dirty)
		total = max(total, p.WorkingSet+p.Cache)
	}
	one.Cache = total - one.WorkingSet
	return one
}

// Dirty is the most that the disk had to have first, 0 where nobody looked.
func (s Series) Dirty() (most uint64) {
	for _, p := range s {
		if p.Dirty != cgroup.NotGiven {
			most = max(most, p.Dirty)
		}
	}
	return most
}

// Peak is the largest working set; false where nothing was seen.
func (s Series) Peak() (peak uint64, seen bool) {
	for _, p := range s {
		peak = max(peak, p.WorkingSet)
	}
	return peak, len(s) > 0
}

package sample

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/slimrun/slimrun/unit/cgroup"
)

// columns are a series as JSON: a list for each figure, null where it is unknown,
// by the report's names.
type columns struct {
	At         []int64   `json:"at_usec"`
	WorkingSet []*uint64 `json:"working_set_bytes"`
	Cache      []*uint64 `json:"cache_bytes"`
	Dirty      []*uint64 `json:"dirty_bytes"`
	Limit      []*uint64 `json:"limit_bytes"`
	Kills      []*uint64 `json:"kills"`
	CPU        []*uint64 `json:"cpu_usec"`
	Throttled  []*uint64 `json:"throttled_usec"`
	WaitedCPU  []*uint64 `json:"cpu_some_usec"`
	WaitedMem  []*uint64 `json:"memory_some_usec"`
	WaitedIO   []*uint64 `json:"io_some_usec"`
}

// cell is a place for one figure: a column, and the field of a reading.
type cell struct {
	column *[]*uint64
	figure *uint64
}

func (c *columns) cells(r *cgroup.Reading) []cell {
	return []cell{
		{&c.WorkingSet, &r.WorkingSet},
		{&c.Cache, &r.Cache},
		{&c.Dirty, &r.Dirty},
		{&c.Limit, &r.Limit},
		{&c.Kills, &r.Kills},
		{&c.CPU, &r.CPU},
		{&c.Throttled, &r.Throttled},
		{&c.WaitedCPU, &r.Waited[0]},
		{&c.WaitedMem, &r.Waited[1]},
		{&c.WaitedIO, &r.Waited[2]},
	}
}

// MarshalJSON writes columns.
func (s Series) MarshalJSON() ([]byte, error) {
	var c columns
	for i := range s {
		c.At = append(c.At, s[i].At.Microseconds())
		for _, cell := range c.cells(&s[i].Reading) {
			value := cell.figure
			if *value == cgroup.NotGiven {
				value = nil
			}
			*cell.column = append(*cell.column, value)
		}
	}
	return json.Marshal(c)
}

// UnmarshalJSON reads them again. A column that is missing is unknown.
func (s *Series) UnmarshalJSON(text []byte) error {
	var c columns
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	points := make(Series, len(c.At))
	for i := range points {
		points[i].At = time.Duration(c.At[i]) * time.Microsecond
		for _, cell := range c.cells(&points[i].Reading) {
			*cell.figure = cgroup.NotGiven
			if len(*cell.column) != 0 && len(*cell.column) != len(points) {
				return errors.New("samples: columns of different length")
			}
			if len(*cell.column) > 0 && (*cell.column)[i] != nil {
				*cell.figure = *(*cell.column)[i]
			}
		}
		if i > 0 && points[i].At <= points[i-1].At {
			return errors.New("samples: times out of order")
		}
	}
	*s = points
	return nil
}

package sizing

import (
	"strconv"
	"time"

	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

const (
	// enough runs show a spread.
	enough = 3
	// looked at are the last runs: a program changes.
	latest = 20
	// writing is room enough for dirty pages: the disk is kept busy by so many.
	writing = 32 << 20
)

// Suggestion are limits, and what they stand on.
type Suggestion struct {
	Runs   int           `json:"runs"` // that ended well, of the last 20
	Memory uint64        `json:"memory_bytes"`
	Pids   uint64        `json:"pids"` // 0 where the kernel does not count them
	Time   time.Duration `json:"-"`

	Least uint64        `json:"least_working_set_bytes"` // of a run
	Most  uint64        `json:"most_working_set_bytes"`
	Dirty uint64        `json:"most_dirty_bytes"`
	Peak  uint64        `json:"most_pids"`
	Long  time.Duration `json:"-"` // the longest run
}

// Of makes a suggestion of a command's runs, the oldest first. Errors: they are too
// few, or some ended at a limit that the others do not explain.
func Of(runs []verdict.Report) (Suggestion, error) {
	runs = runs[max(0, len(runs)-latest):]
	var s Suggestion
	var killed uint64 // the largest limit at which a run was
	for _, run := range runs {
		switch need, known := needOf(run); {
		case run.OOM.Kills != nil && *run.OOM.Kills > 0:
			killed = max(killed, limitOf(run))
		case run.Outcome == verdict.Exited && run.ExitCode == 0 && known:
			s.add(run, need)
		}
	}
	const remedy = "record it under a limit that is surely enough: slimrun --record -m 4G -- COMMAND"
	switch {
	case len(runs) == 0:
		return s, problem.Errorf(remedy, "no run of it is recorded")
	case s.Runs == 0 && killed > 0:
		return s, problem.Errorf(remedy,
			"all %d runs of it that are recorded ended at their limit, or badly", len(runs))
	case s.Runs < enough:
		return s, problem.Errorf(remedy,
			"%d of its %d recorded runs ended with status 0, want %d", s.Runs, len(runs), enough)
	}
	s.Memory = Memory(s.Least, s.Most, s.Dirty)
	if killed >= s.Memory {
		return s, problem.Errorf(remedy,
			"runs of it were killed for memory at a limit of %d bytes, while others took %d at most", killed, s.Most)
	}
	if s.Peak > 0 {
		s.Pids = (2*s.Peak + 9) / 10 * 10
	}
	s.Time = max((3*s.Long).Truncate(time.Second)+time.Second, 10*time.Second)
	return s, nil
}

func (s *Suggestion) add(run verdict.Report, need uint64) {
	if s.Runs++; s.Runs == 1 {
		s.Least = need
	}
	s.Least, s.Most, s.Dirty = min(s.Least, need), max(s.Most, need), max(s.Dirty, run.Samples.Dirty())
	if run.Usage.PidsPeak != nil {
		s.Peak = max(s.Peak, *run.Usage.PidsPeak)
	}
	s.Long = max(s.Long, time.Duration(run.Usage.Wall)*time.Microsecond)
}

// Memory is the rule: the largest working set and half of what runs differ by, with
// a headroom of 10% and 4M, and room for what waits to be written, in whole M.
func Memory(least, most, dirty uint64) uint64 {
	const m = 1 << 20
	need := most + (most-least)/2
	return (need + need/10 + 4*m + min(dirty, writing) + m - 1) / m * m
}

// needOf is what a run could not have done without: its working set; of one that
// ended before the first look, its peak, cache and all.
func needOf(run verdict.Report) (need uint64, known bool) {
	for _, figure := range []*uint64{run.Usage.WorkingSet, run.Usage.MemoryPeak} {
		if figure != nil {
			return *figure, true
		}
	}
	return 0, false
}

// limitOf is a run's own on memory, 0 for none.
func limitOf(run verdict.Report) uint64 {
	asked, ok := run.Limits[limit.Memory.Flag]
	if !ok || asked.Kernel == nil {
		return 0
	}
	n, _ := strconv.ParseUint(*asked.Kernel, 10, 64)
	return n
}

package verdict

import "time"

// Attempt is one of several runs of the same, each with more memory (--retry-oom).
type Attempt struct {
	Unit     *string `json:"unit"`
	Started  string  `json:"started"`
	Memory   uint64  `json:"memory_bytes"` // its limit
	Outcome  Outcome `json:"outcome"`
	ExitCode int     `json:"exit_code"`
	Wall     int64   `json:"wall_usec"`
	Peak     *uint64 `json:"memory_peak_bytes"`
	Kills    *uint64 `json:"kills"`
}

// NewAttempt is what is kept of a run.
func NewAttempt(v Verdict, memory uint64) Attempt {
	return Attempt{
		Unit: textOrNil(v.Unit), Started: v.Started.UTC().Format(time.RFC3339Nano), Memory: memory,
		Outcome: v.Outcome, ExitCode: v.Status, Wall: v.Wall.Microseconds(),
		Peak: v.Usage.MemoryPeak, Kills: v.OOM.Kills,
	}
}

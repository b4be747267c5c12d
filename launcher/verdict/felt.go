package verdict

import (
	"time"

	"github.com/slimrun/slimrun/unit/limit"
)

// Forks are those that a limit on tasks refused.
type Forks struct {
	Refused *uint64 // nil where the kernel does not say
	Limit   uint64  // the run's own, 0 for one above it; only where forks were refused
}

// WereRefused counts them, 0 also where the kernel does not say.
func (f Forks) WereRefused() uint64 { return orZero(f.Refused) }

// Felt is a limit that the run has felt: so many times, or for a share of its time.
type Felt struct {
	Row   *limit.Row
	Times uint64
	Share float64 // of 1
}

// Felt are the limits that the run has felt, in the table's order. A limit on CPU
// is felt in periods of 100 ms, of which the share is in which it held the run
// back; one on I/O in time, and who waits there may be waiting for the disk.
func (v Verdict) Felt() (felt []Felt) {
	for _, f := range []Felt{
		{Row: limit.Memory, Times: orZero(v.OOM.Max)},
		{Row: limit.MemoryHigh, Times: orZero(v.OOM.High)},
		{Row: limit.CPUs, Share: ratio(v.Usage.PeriodsThrottled, orZero(v.Usage.Periods))},
	} {
		if f.Times > 0 || f.Share > 0 {
			felt = append(felt, f)
		}
	}
	felt = append(felt, v.feltDisks()...)
	if n := v.Forks.WereRefused(); n > 0 {
		felt = append(felt, Felt{Row: limit.Pids, Times: n})
	}
	return felt
}

// feltDisks are the limits on I/O of a run that waited for it, more than in passing.
func (v Verdict) feltDisks() (felt []Felt) {
	const inPassing = 0.01
	pressure := v.Usage.Pressure["io"]
	if pressure == nil {
		return nil
	}
	share := ratio(pressure.Some, uint64(v.Wall/time.Microsecond))
	for _, proof := range v.Proofs {
		if proof.Asked.Row.Bandwidth() && share > inPassing {
			felt = append(felt, Felt{Row: proof.Asked.Row, Share: share})
		}
	}
	return felt
}

// ratio is 0 where one of the two is not known.
func ratio(part *uint64, whole uint64) float64 {
	if part == nil || whole == 0 {
		return 0
	}
	return min(float64(*part)/float64(whole), 1)
}

func orZero(n *uint64) uint64 {
	if n == nil {
		return 0
	}
	return *n
}

package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// sample is the figures of one peer, in the order of the rounds.
type sample []float64

func (s sample) quantile(q float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	return sorted[int(math.Round(q*float64(len(sorted)-1)))]
}

func (s sample) median() float64 { return s.quantile(0.5) }

// over is the pairwise ratio to another peer's figures of the same rounds.
func (s sample) over(other sample) ratio {
	pairs := make(sample, len(s))
	for i := range s {
		pairs[i] = s[i] / other[i]
	}
	return ratio{pairs}
}

// tooWide: a ratio whose median is not known to this much says nothing.
const tooWide = 0.15

// ratio is a median of pairs with its 95% confidence interval, from the order
// statistics of the pairs: no distribution is assumed.
type ratio struct{ pairs sample }

func (r ratio) interval() (low, high float64) {
	half := 0.98 / math.Sqrt(float64(len(r.pairs)))
	return r.pairs.quantile(max(0, 0.5-half)), r.pairs.quantile(min(1, 0.5+half))
}

// String refuses to name a median that the pairs do not support.
func (r ratio) String() string {
	low, high := r.interval()
	median := r.pairs.median()
	if !((high-low)/2 <= tooWide*median) {
		return fmt.Sprintf("scatter (%.2f to %.2f)", low, high)
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", median, low, high)
}

// milliseconds shows a median and the middle half around it.
func (s sample) milliseconds() string {
	return fmt.Sprintf("%6.2f ms  (%.2f to %.2f)", s.median(), s.quantile(0.25), s.quantile(0.75))
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

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

// interval rounds outwards: few pairs must not look like more than they are.
func (r ratio) interval() (low, high float64) {
	n := float64(len(r.pairs))
	if n == 0 {
		return math.NaN(), math.NaN()
	}
	sorted := slices.Sorted(slices.Values(r.pairs))
	middle, half := (n-1)/2, 0.98*math.Sqrt(n)
	return sorted[int(max(0, math.Floor(middle-half)))], sorted[int(min(n-1, math.Ceil(middle+half)))]
}

// known says whether the pairs support the median.
func (r ratio) known() bool {
	low, high := r.interval()
	return (high-low)/2 <= tooWide*r.pairs.median()
}

// String refuses to name a median that is not known.
func (r ratio) String() string {
	low, high := r.interval()
	if !r.known() {
		return fmt.Sprintf("– (%.2f to %.2f)", low, high)
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", r.pairs.median(), low, high)
}

// milliseconds shows a median and the middle half around it.
func (s sample) milliseconds() string {
	return fmt.Sprintf("%6.2f ms (%.2f to %.2f)", s.median(), s.quantile(0.25), s.quantile(0.75))
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

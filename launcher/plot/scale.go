package plot

import (
	"fmt"
	"strconv"
	"time"

	"github.com/slimrun/slimrun/unit/limit"
)

// band is a part of the picture with scales of its own: values from 0 to most stand
// between bottom and top.
type band struct {
	left, right, top, bottom float64
	length                   time.Duration
	most                     float64
}

func (b band) x(at time.Duration) float64 {
	return b.left + (b.right-b.left)*float64(at)/float64(b.length)
}

func (b band) y(value float64) float64 {
	return b.bottom - (b.bottom-b.top)*min(value/b.most, 1)
}

// sizeTicks are round sizes up to most, four at most.
func sizeTicks(most float64) (ticks []uint64) {
	step := uint64(1 << 10)
	for float64(step)*4 < most {
		step *= 2
	}
	for at := step; float64(at) <= most; at += step {
		ticks = append(ticks, at)
	}
	return ticks
}

// timeSteps are round times.
var timeSteps = []time.Duration{
	10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// timeTicks are round times up to length, eight at most.
func timeTicks(length time.Duration) (ticks []time.Duration) {
	step := timeSteps[len(timeSteps)-1]
	for _, s := range timeSteps {
		if length/s <= 8 {
			step = s
			break
		}
	}
	for length/step > 8 {
		step *= 2
	}
	for at := time.Duration(0); at <= length; at += step {
		ticks = append(ticks, at)
	}
	return ticks
}

// timeText is a time as an axis has it.
func timeText(d time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
	case d%time.Hour == 0 && d >= time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%02d", d/time.Hour, d%time.Hour/time.Minute)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dmin", d/time.Minute)
	}
	return fmt.Sprintf("%dmin%02d", d/time.Minute, d%time.Minute/time.Second)
}

func sizeText(n float64) string { return limit.FormatSize(uint64(n)) }

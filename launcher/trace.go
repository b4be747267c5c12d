package launcher

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/slimrun/slimrun/launcher/output"
	"github.com/slimrun/slimrun/nsinit"
)

// Trace is the steps of a launch with their times, from both processes, for
// SLIMRUN_TRACE=FILE. A nil Trace takes none.
type Trace struct {
	file  *output.File
	mu    sync.Mutex
	marks []mark
}

// mark is a step that is done at a moment of CLOCK_MONOTONIC, in nanoseconds.
type mark struct {
	at            int64
	process, step string
}

// began is when this process came to its own code, before main.
var began = nsinit.Now()

// newTrace starts a trace that goes to a file; "" is none.
func newTrace(target string) (*Trace, error) {
	if target == "" {
		return nil, nil
	}
	file, err := output.Open(target)
	if err != nil {
		return nil, fmt.Errorf("writing SLIMRUN_TRACE: %w", err)
	}
	t := &Trace{file: file}
	t.add(began, "launcher", "started")
	t.mark("command line read")
	return t, nil
}

func (t *Trace) mark(step string) { t.add(nsinit.Now(), "launcher", step) }

func (t *Trace) add(at int64, process, step string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.marks = append(t.marks, mark{at, process, step})
}

// write writes a line for each step: milliseconds since the first, since the
// one before, whose, what.
func (t *Trace) write() error {
	if t == nil {
		return nil
	}
	t.mark("done")
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.SortStableFunc(t.marks, func(a, b mark) int { return cmp.Compare(a.at, b.at) })
	var text strings.Builder
	last := t.marks[0].at
	for _, m := range t.marks {
		since, more := float64(m.at-t.marks[0].at)/1e6, float64(m.at-last)/1e6
		fmt.Fprintf(&text, "%9.3f %+8.3f  %-8s  %s\n", since, more, m.process, m.step)
		last = m.at
	}
	ctx, done := LastWords()
	defer done()
	if err := t.file.Write(ctx, []byte(text.String())); err != nil {
		return fmt.Errorf("writing SLIMRUN_TRACE: %w", err)
	}
	return nil
}

package terminal

import (
	"os"
	"sync/atomic"
	"time"
)

const (
	// quietFor is how long nothing must have come out of the payload's terminal
	// after the run's end. Its writers are gone then; what they wrote is in the
	// kernel, which is done with it long before.
	quietFor = 100 * time.Millisecond
	// keptMost is more than the kernel keeps for a terminal: what comes beyond is
	// not the run's.
	keptMost = 1 << 20
)

// screen passes on what the payload writes.
type screen struct {
	from, to *os.File
	drained  chan struct{} // closed when nobody has the payload's terminal open
	written  *atomic.Int64
	writing  *atomic.Bool // whoever reads the caller's terminal takes its time
}

func newScreen(from *os.File, to int) screen {
	return screen{from, os.NewFile(uintptr(to), "terminal"), make(chan struct{}), new(atomic.Int64), new(atomic.Bool)}
}

// relay ends with EIO when nobody inside has the terminal open.
func (s screen) relay() {
	defer close(s.drained)
	var text [32 << 10]byte
	for {
		n, err := s.from.Read(text[:])
		if n > 0 {
			s.writing.Store(true)
			_, werr := s.to.Write(text[:n])
			s.writing.Store(false)
			s.written.Add(int64(n))
			if werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// drain waits until what the run wrote has come out. The terminal's end is not
// waited for: somebody outside may have it open.
func (s screen) drain() {
	began := s.written.Load()
	for last := began; ; {
		select {
		case <-s.drained:
			return
		case <-time.After(quietFor):
		}
		now := s.written.Load()
		if now == last && !s.writing.Load() && !readable(int(s.from.Fd()), 0) || now-began > keptMost {
			return
		}
		last = now
	}
}

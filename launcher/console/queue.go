package console

import (
	"context"
	"io"
	"sync"
	"time"
)

// aMoment is how long a word may hold slimrun up.
const aMoment = 100 * time.Millisecond

// queue writes what is said, and holds nobody up for longer than a moment: nobody may
// be reading, and there are signals to be passed on. What was not taken by then waits
// its turn.
type queue struct {
	to      io.Writer
	mu      sync.Mutex
	waiting []byte
	idle    chan struct{} // closed when nothing waits; nil while nothing does
}

// Unhurried is the console for a run: what it says at the end is to be awaited (Drain).
func (c Console) Unhurried() Console {
	c.Err = &queue{to: c.Err}
	return c
}

// Drain waits until all is said, or the context ends.
func (c Console) Drain(ctx context.Context) {
	if q, ok := c.Err.(*queue); ok {
		q.await(ctx)
	}
}

// Write never fails: there is nobody to be told.
func (q *queue) Write(text []byte) (int, error) {
	if first := q.add(text); first {
		ctx, cancel := context.WithTimeout(context.Background(), aMoment)
		defer cancel()
		q.await(ctx)
	}
	return len(text), nil
}

// add says whether nothing was waiting.
func (q *queue) add(text []byte) (first bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, text...)
	if q.idle != nil {
		return false
	}
	q.idle = make(chan struct{})
	go q.work()
	return true
}

func (q *queue) work() {
	for text := q.next(); text != nil; text = q.next() {
		q.to.Write(text)
	}
}

// next is what waits, nil where nothing does.
func (q *queue) next() []byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	text := q.waiting
	if q.waiting = nil; text == nil {
		close(q.idle)
		q.idle = nil
	}
	return text
}

func (q *queue) await(ctx context.Context) {
	q.mu.Lock()
	idle := q.idle
	q.mu.Unlock()
	if idle == nil {
		return
	}
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

package unit

import "time"

// Patience is with what systemd is about to let go of, the name of a run that has ended or
// its slice. It counts from the first look at its end: the turn before may have taken longer.
type Patience struct {
	began time.Time
	pause time.Duration
}

// goneWithin is how long systemd may take, on a machine that is busy.
const goneWithin = 5 * time.Second

// Ends says whether there is none left.
func (p *Patience) Ends() bool {
	if p.began.IsZero() {
		p.began = time.Now()
	}
	return time.Since(p.began) > goneWithin
}

// Wait waits before the next look, longer each time: what asks a busy systemd keeps it busy.
func (p *Patience) Wait() {
	p.pause = min(2*p.pause+2*time.Millisecond, 100*time.Millisecond)
	time.Sleep(p.pause)
}

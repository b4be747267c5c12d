package unit

import (
	"testing"
	"time"
)

// Patience begins with the first look, not before, and ends; its pauses grow, up to a tenth of a second.
func TestPatience(t *testing.T) {
	var p Patience
	if p.Ends() {
		t.Error("it has ended before it began")
	}
	p.began = p.began.Add(-goneWithin - time.Millisecond)
	if !p.Ends() {
		t.Errorf("it goes on after %v", goneWithin)
	}
	var pauses time.Duration
	for range 7 {
		p.Wait()
		if p.pause < pauses || p.pause > 100*time.Millisecond {
			t.Errorf("a pause of %v after one of %v", p.pause, pauses)
		}
		pauses = p.pause
	}
	if pauses != 100*time.Millisecond {
		t.Errorf("the pauses grow to %v, want 100ms", pauses)
	}
}

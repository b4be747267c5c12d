package linux

import (
	"os"
	"testing"
	"time"
)

// A process's name may hold whatever it likes, and looks like no field.
func TestParseStat(t *testing.T) {
	boot := time.Unix(1000, 0)
	const rest = " S 5 7 7 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 250 1 2"
	got, err := parseStat("29 (a) S 3 (b)"+rest, boot)
	if want := (Stat{Name: "a) S 3 (b", Parent: 5, Born: 250, Started: boot.Add(2500 * time.Millisecond)}); err != nil || got != want {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for _, text := range []string{"", "29 (a)", "29 )a( S 1 2", "29 (a) S x" + rest[4:]} {
		if got, err := parseStat(text, boot); err == nil {
			t.Errorf("%q gives %v, want an error", text, got)
		}
	}
}

func TestStatOf(t *testing.T) {
	got, err := StatOf(os.Getpid())
	if age := time.Since(got.Started); err != nil || got.Parent != os.Getppid() || age < 0 || age > 10*time.Minute {
		t.Errorf("got %+v, %v", got, err)
	}
}

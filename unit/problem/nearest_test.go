package problem

import (
	"strings"
	"testing"
)

// Row A2: the suggestion for a misspelt name.
func TestNearest(t *testing.T) {
	names := []string{"--memory", "--memory-high", "--swap", "--cpus", "MemoryMax", "top", "stop"}
	for name, want := range map[string]string{
		"--memroy": "--memory", "--MEMORY": "--memory", "--cpu": "--cpus", "--memory-hihg": "--memory-high", "--sawp": "--swap",
		"memorymax": "MemoryMax", "MemorMax": "MemoryMax", "--frobnicate": "", "sop": "stop", "tpo": "top",
		"tp": "", "--mem": "--memory", "--me": "", "mem": "MemoryMax", "": "", "x": "", "\xff\xfe": "",
	} {
		if got := Nearest(name, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

// A name as long as an argument may be is compared with none: a row of the distance is
// allocated for each of its bytes.
func TestNearestOfALongName(t *testing.T) {
	name, names := strings.Repeat("x", 128<<10), []string{"--memory", "--swap"}
	if n := testing.AllocsPerRun(1, func() { Nearest(name, names) }); n > 10 {
		t.Errorf("%.0f allocations", n)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"kitten", "sitting", 3},
		{"flaw", "lawn", 2},
		{"same", "same", 0},
		{"mkdri", "mkdir", 1},
		{"ca", "abc", 3},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

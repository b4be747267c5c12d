package limit

import "testing"

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]uint64{
		"30": 30e6, "30s": 30e6, "1h 30min": 5400e6, "1h30m": 5400e6, "2.5s": 25e5, "500ms": 5e5,
		"7us": 7, "1usec": 1, "1msec": 1e3, "2 sec": 2e6, "1 hour 2 minutes": 3720e6, "1d": 86400e6, "2weeks": 1209600e6,
		"0": 0, " 5s ": 5e6, "0.000001s": 1, "infinity": Infinity, "584542y": 0,
	} {
		got, err := ParseDuration(text)
		if wrong := err != nil; wrong != (text == "584542y") || got != want {
			t.Errorf("ParseDuration(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
}

// Row S1, of times.
func TestParseDurationRefuses(t *testing.T) {
	for _, text := range []string{
		"", " ", "s", "-1s", "+1s", "1x", "1..5s", "1e3", "1month", "1y", "5S", "1s,2s", "infinity1", "1 infinity",
		"18446744073709551615us", "99999999999999999999", "18446744073709s 1000000s", "213503983d", "\xff", "1s\n",
	} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %d, want an error", text, got)
		}
	}
}

// Never "no limit" but by its name; and twice the text is twice the time.
func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"30s", "1h 30min", "2.5s", "infinity", "18446744073709551614us", "1d1d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		usec, err := ParseDuration(text)
		if err != nil || text == "infinity" {
			return
		}
		if usec == Infinity {
			t.Fatalf("ParseDuration(%q) is no limit", text)
		}
		twice, err := ParseDuration(text + " 0s " + text)
		switch overflows := usec > (Infinity-1)/2; {
		case overflows != (err != nil):
			t.Fatalf("twice %q: %v", text, err)
		case err == nil && twice != 2*usec:
			t.Fatalf("twice %q = %d, want %d", text, twice, 2*usec)
		}
	})
}

package limit

import "testing"

// Row C6: limits of the run around this one, as flags have them.
func TestFlagTextReadsBack(t *testing.T) {
	for _, c := range []struct {
		flag string
		n    uint64
		want string
	}{
		{"memory", 100 << 20, "100M"},
		{"memory", 4096, "4096"},
		{"swap", 0, "0"},
		{"swap", 1<<20 + 4096, "1052672"},
		{"cpus", 15e5, "1.5"},
		{"cpus", 1000, "0.001"},
		{"pids", 1 << 20, "1048576"},
		{"pids", 9, "9"},
	} {
		row, _ := Find(c.flag)
		if got := row.kind.flagText(c.n); got != c.want {
			t.Errorf("--%s of %d is %q, want %q", c.flag, c.n, got, c.want)
		}
		if asked, err := Ask(c.flag, c.want); err != nil || asked.Number() != c.n {
			t.Errorf("--%s %s reads back as %d, %v, want %d", c.flag, c.want, asked.Number(), err, c.n)
		}
	}
}

package console

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/launcher/runs"
)

func some[T any](v T) *T { return &v }

func anEntry(name string, cpu float64, memory, pids uint64, most string) runs.Entry {
	return runs.Entry{
		Name: name, State: runs.Running, Command: []string{"sleep", "1"},
		Limits: map[string]runs.Limit{"memory": {Kernel: &most}},
		Usage:  runs.Use{CPUPercent: &cpu, Memory: &memory, Pids: &pids}, OOM: runs.Kills{Kills: some(uint64(2))},
	}
}

func aTop() Top {
	return Top{
		Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Order: ByMemory,
		Runs: []runs.Entry{
			anEntry("a", 5, 50<<20, 3, "104857600"), anEntry("slimrun-b-0123456789abcdef", 150, 10<<20, 9, "104857600"),
			anEntry("c", 20, 100<<20, 1, "104857600"),
		},
		Events: []string{"03:04:05  c  1 killed for memory, 2 in all"},
	}
}

// The bars are of memory against its limit; what takes most comes first.
func TestTopFrame(t *testing.T) {
	want := `runs 3  by memory: m c p n, q quits  cpu 175%  memory 160M  03:04:05
NAME               CPU  MEMORY                    KILLS  PIDS  WAITS cpu mem io  STATE    COMMAND
c                20.0%  [||||||||||] 100M / 100M      2     1       ?    ?    ?  running  sleep 1
a                 5.0%  [|||||     ] 50M / 100M       2     3       ?    ?    ?  running  sleep 1
0123456789abcd  150.0%  [|         ] 10M / 100M       2     9       ?    ?    ?  running  sleep 1
03:04:05  c  1 killed for memory, 2 in all`
	if diff := cmp.Diff(want, strings.Join(aTop().Frame(97, 24), "\n")); diff != "" {
		t.Error(diff)
	}
}

// From 40 columns on there are bars, and nothing is ever wider or higher than the
// terminal.
func TestTopFits(t *testing.T) {
	for width := 20; width <= 120; width++ {
		for height := 4; height <= 12; height++ {
			lines := aTop().Frame(width, height)
			if len(lines) > height {
				t.Errorf("%d×%d: %d lines", width, height, len(lines))
			}
			for _, line := range lines {
				if columns(line) > width {
					t.Errorf("%d×%d: %q takes %d", width, height, line, columns(line))
				}
			}
			text := strings.Join(lines, "\n")
			if width >= 40 && height >= 6 && !strings.Contains(text, "|||||] 100M / 100M") {
				t.Errorf("%d×%d: no bar in\n%s", width, height, text)
			}
		}
	}
}

func TestTopOrder(t *testing.T) {
	for order, want := range map[Order]string{ByMemory: "ca0", ByCPU: "0ca", ByPids: "0ac", ByName: "ac0"} {
		top := aTop()
		top.Order = order
		got := ""
		for _, line := range top.Frame(40, 24)[2:5] {
			got += line[:1]
		}
		if got != want {
			t.Errorf("by %c: %q, want %q", order, got, want)
		}
	}
	if IsOrder('q') || !IsOrder('p') {
		t.Error("p is an order, q is none")
	}
}

// What does not fit is counted, not lost.
func TestTopMore(t *testing.T) {
	lines := aTop().Frame(80, 5)
	if got := lines[3]; got != "and 2 more" {
		t.Errorf("got %q", lines)
	}
}

func TestEvents(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	got := Events([]runs.Event{
		{Name: "a", Killed: 2, InAll: 5}, {Name: "b"}, {Name: "c\x1b", Outcome: some("oom-killed"), ExitCode: some(137)},
	}, now)
	want := []string{"03:04:05  a  2 killed for memory, 5 in all", "03:04:05  b  has ended", "03:04:05  c?  has ended: oom-killed 137"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

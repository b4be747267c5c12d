package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func repeat(n int, values ...float64) (s sample) {
	for range n {
		s = append(s, values...)
	}
	return s
}

// A ratio that the pairs do not support is not named.
func TestRatio(t *testing.T) {
	steady := repeat(50, 9, 10, 11).over(repeat(50, 10, 10, 10))
	if got := steady.String(); got != "1.00 (1.00 to 1.00)" {
		t.Errorf("steady pairs: %q", got)
	}
	wild := repeat(50, 1, 10).over(repeat(50, 10, 10))
	if got := wild.String(); wild.known() || !strings.HasPrefix(got, "–") {
		t.Errorf("wild pairs: %q, want no ratio", got)
	}
	if (ratio{}).known() {
		t.Error("no pairs: want no ratio")
	}
}

func TestGoal(t *testing.T) {
	for _, c := range []struct {
		goal goal
		n    float64
		want string
	}{
		{atMost(0.75), 0.75, "met"}, {atMost(0.75), 0.76, "missed"}, {atLeast(1.2), 1.3, "met"}, {atLeast(1.2), 1.1, "missed"}, {goal{}, 1, ""},
	} {
		if got := c.goal.judge(c.n); got != c.want {
			t.Errorf("%v %v: %q, want %q", c.n, c.goal, got, c.want)
		}
	}
}

func TestRounds(t *testing.T) {
	b := &bench{}
	for each, want := range map[time.Duration]int{
		0: mostRounds, 10 * time.Second: leastRounds, 300 * time.Millisecond: 150,
	} {
		if got := b.roundsWithin(45*time.Second, each); got != want {
			t.Errorf("%v a round: %d rounds, want %d", each, got, want)
		}
	}
}

// A peer that fails is out with its reason; slimrun's failure is the bench's.
func TestInterleaveFailure(t *testing.T) {
	good := &peer{name: "good", own: true, other: func() (float64, error) { return 1, nil }}
	bad := &peer{name: "bad", other: func() (float64, error) { return 0, errors.New("no such luck") }}
	b := &bench{options: options{rounds: 4}, ctx: t.Context()}
	samples, err := b.interleave([]*peer{good, bad}, 0)
	if err != nil || len(samples[0]) != 4 || bad.absent == nil {
		t.Errorf("%d figures, bad peer's %v, error %v", len(samples[0]), bad.absent, err)
	}
	bad.absent, bad.own = nil, true
	if _, err := b.interleave([]*peer{good, bad}, 0); err == nil {
		t.Error("slimrun failed, and the bench did not")
	}
}

func TestBundle(t *testing.T) {
	dir := t.TempDir()
	if err := makeBundle(dir, []byte(bare)); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Process struct{ Args []string }
		Linux   struct {
			Resources struct{ Memory struct{ Limit int } }
		}
	}
	if err := json.Unmarshal(content, &config); err != nil {
		t.Fatal(err)
	}
	if config.Linux.Resources.Memory.Limit != 100<<20 {
		t.Errorf("limit %d", config.Linux.Resources.Memory.Limit)
	}
	if _, err := os.Stat(filepath.Join(dir, "rootfs", config.Process.Args[0])); err != nil {
		t.Error(err)
	}
}

func TestFaultPrice(t *testing.T) {
	if price := faultPrice(); price <= 0 || price > 10*time.Millisecond {
		t.Errorf("a page fault takes %v", price)
	}
}

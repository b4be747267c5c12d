package unit

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// A slice's limit has been proven to whoever is in it: another run may set what
// is not set, and ask for the same, no more.
func TestLimitSlice(t *testing.T) {
	used, unused := []string{"a.scope"}, []string{}
	const none = limit.Infinity
	for name, c := range map[string]struct {
		memory, pids uint64
		by           []string
		set          []string // "" for a refusal
	}{
		"new":                {none, none, unused, []string{"MemoryMax=1048576", "TasksMax=9"}},
		"left by others":     {1 << 30, 7, unused, []string{"MemoryMax=1048576", "TasksMax=9"}},
		"the same":           {1 << 20, 9, used, nil},
		"one more":           {1 << 20, none, used, []string{"TasksMax=9"}},
		"none yet":           {none, none, used, []string{"MemoryMax=1048576", "TasksMax=9"}},
		"less, and in use":   {1 << 19, 9, used, []string{""}},
		"more, and in use":   {1 << 30, 9, used, []string{""}},
		"the second is used": {none, 8, used, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, nil)
			f.props = map[string]any{"MemoryMax": c.memory, "TasksMax": c.pids, "RequiredBy": c.by, "ActiveState": "active"}
			m := dialFake(t, f)
			m.queue = filepath.Join(t.TempDir(), "turns")
			memory, _ := limit.AskSlice("memory=1M")
			pids, _ := limit.AskSlice("pids=9")
			limits := []limit.Asked{memory, pids}
			if missing, err := m.SlicesTo(within(t, 5*time.Second), "a.slice", limits); missing != nil || err != nil {
				t.Fatalf("to be made: %v (%v), want none", missing, err)
			}
			err := m.LimitSlice(within(t, 5*time.Second), "a.slice", limits)
			want := c.set
			if refused := slices.Contains(want, ""); refused {
				want = nil
				if err == nil || !strings.Contains(err.Error(), "a.slice holds") || problem.Remedy(err) == "" {
					t.Errorf("%v, hint %q, want it refused", err, problem.Remedy(err))
				}
			} else if err != nil {
				t.Error(err)
			}
			if got := f.greeted(); !slices.Equal(got, want) {
				t.Errorf("systemd heard %q, want %q", got, want)
			}
		})
	}
}

// What is not there is made with the scope, from the top down; the last has the limits.
func TestSlicesTo(t *testing.T) {
	f := newFake(t, nil)
	f.props = map[string]any{"ActiveState": "inactive"}
	memory, _ := limit.AskSlice("memory=1M")
	got, err := dialFake(t, f).SlicesTo(within(t, 5*time.Second), "a-b-c.slice", []limit.Asked{memory})
	if err != nil || len(got) != 3 || got[0].Name != "a.slice" || got[1].Name != "a-b.slice" ||
		got[2].Name != "a-b-c.slice" {
		t.Fatalf("%+v (%v)", got, err)
	}
	if len(got[0].Properties) != 0 || len(got[2].Properties) != 1 || got[2].Properties[0].Name != "MemoryMax" {
		t.Errorf("the limits are on %+v", got)
	}
}

// Row B6: the last that was in a slice has ended. One that goes with it is waited for, and
// made with the scope; one that does not is taken as it is.
func TestSlicesToGoing(t *testing.T) {
	for name, c := range map[string]struct {
		goes  bool
		looks int // at which it is still there
		want  int // to be made
	}{
		"it goes":                     {true, 3, 1},
		"it was gone at the next ask": {false, 1, 1},
		"it does not go":              {false, 2, 0},
		"systemd takes its time":      {true, 1 << 20, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f, looks := newFake(t, nil), 0
			f.props = map[string]any{
				"ControlGroup": "/nobody-is-here", "StopWhenUnneeded": c.goes,
				"ActiveState": func() any {
					if looks++; looks > c.looks {
						return "inactive"
					}
					return "active"
				},
			}
			got, err := dialFake(t, f).SlicesTo(within(t, 2*goneWithin), "a.slice", nil)
			if err != nil || len(got) != c.want {
				t.Errorf("to be made: %v (%v), want %d", got, err, c.want)
			}
		})
	}
}

// While one sets a slice's limits, no other does.
func TestLimitSliceAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "turns")
	first := takeAlone(t.Context(), path)
	if first.file == nil {
		t.Fatal("the right is not to be had")
	}
	if second := takeAlone(within(t, 50*time.Millisecond), path); second.file != nil {
		t.Error("two have the right")
	}
	first.end()
	if second := takeAlone(within(t, 5*time.Second), path); second.file == nil {
		t.Error("the right is not given back")
	}
}

package remote

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/version"
)

// A node where things are not as they must be says so, and runs nothing.
func TestUnfold(t *testing.T) {
	t.Setenv("SLURM_STEP_NUM_TASKS", "1")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(here) // back again, at the end
	for name, c := range map[string]struct {
		p     parcel
		tasks string
		want  string
	}{
		"another slimrun":   {parcel{Version: "0.1", Directory: "/"}, "1", "has another slimrun"},
		"several tasks":     {parcel{Version: version.String(), Directory: "/"}, "2", `has "2" tasks, want 1`},
		"unknown tasks":     {parcel{Version: version.String(), Directory: "/"}, "", `has "" tasks`},
		"another directory": {parcel{Version: version.String(), Directory: "/no/such"}, "1", `cannot be where slimrun was typed: chdir /no/such`},
		"all as it must be": {parcel{Version: version.String(), Directory: here, Env: os.Environ()}, "1", ""},
	} {
		os.Setenv("SLURM_STEP_NUM_TASKS", c.tasks)
		kept := os.Environ()
		err := (&Node{}).unfold(c.p)
		os.Clearenv()
		for _, assignment := range kept {
			name, value, _ := strings.Cut(assignment, "=")
			os.Setenv(name, value)
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// What is no step is told so, and nothing is said that looks like a frame.
func TestArrived(t *testing.T) {
	if _, ok := Arrived([]string{"slimrun", "ps"}, console.Console{Out: io.Discard, Err: io.Discard}); ok {
		t.Error("slimrun ps is taken for a node's")
	}
	node, ok := Arrived([]string{"slimrun", word}, console.Console{Out: io.Discard, Err: io.Discard})
	if !ok || node.err == nil || !strings.Contains(node.err.Error(), "no step of Slurm's holds this process") {
		t.Errorf("%v, %+v: want no step", ok, node)
	}
}

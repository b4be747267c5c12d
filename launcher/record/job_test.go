package record

import (
	"strings"
	"testing"
)

// A job of Slurm's lives before any slimrun of it does: its record is neither another run's
// nor to be removed, until there is a report. Here nobody answers for it, which may mean so.
func TestJob(t *testing.T) {
	home := testHome(t)
	submitted, err := Create(home, "web", Started{Name: "web"})
	if err != nil {
		t.Fatal(err)
	}
	if err := submitted.Submit("12"); err != nil {
		t.Fatal(err)
	}
	if k := one(t, home); k.Job() != "12" || k.Runs() || !k.Lives() {
		t.Errorf("job %q, runs %v, lives %v; want 12, which lives and does not run", k.Job(), k.Runs(), k.Lives())
	}
	if _, err := Create(home, "web", Started{}); err == nil || !strings.Contains(err.Error(), "web is there already") {
		t.Errorf("another of its name: %v", err)
	}
	if removed, err := one(t, home).Remove(); removed || err != nil {
		t.Errorf("removed %v, %v", removed, err)
	}
	resumed, err := Resume(home, "web")
	if err != nil {
		t.Fatal(err)
	}
	if k := one(t, home); !k.Runs() || !k.Lives() {
		t.Errorf("runs %v, lives %v", k.Runs(), k.Lives())
	}
	if err := resumed.End([]byte(`{"exit_code":0}`)); err != nil {
		t.Fatal(err)
	}
	resumed.close()
	if k := one(t, home); k.Lives() {
		t.Error("it lives, with a report")
	}
	next := begun(t, home, "web", "") // no job: that of the ended one must not stay
	if k := one(t, home); k.Job() != "" {
		t.Errorf("a run on this machine is job %q", k.Job())
	}
	next.close()
	if removed, err := one(t, home).Remove(); !removed || err != nil {
		t.Errorf("removed %v, %v", removed, err)
	}
}

// A node that has other home directories says so.
func TestResumeMissing(t *testing.T) {
	for name, home := range map[string]*Home{"no home": nil, "no record": testHome(t)} {
		if _, err := Resume(home, "web"); err == nil || !strings.Contains(err.Error(), "the record of web") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

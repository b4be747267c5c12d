package unit

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Runs are told from other scopes by their description, whatever their names are.
func TestRunsAmong(t *testing.T) {
	scope := func(name, description, active string) listedUnit {
		return listedUnit{Name: name, Description: description, Active: active}
	}
	got := runsAmong([]listedUnit{
		scope("web.scope", Describe("nginx -g x"), "active"),
		scope("slimrun-x.scope", "somebody's", "active"),
		scope("b.scope", Describe("b"), "deactivating"),
		scope("gone.scope", Describe("c"), "failed"),
		scope("init.scope", "System and Service Manager", "active"),
		scope("a.scope", Describe("slimrun a"), "activating"),
	})
	want := []Listed{{"a.scope", "slimrun a", false}, {"b.scope", "b", true}, {"web.scope", "nginx -g x", false}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Ten thousand runs are listed by one call, in a reply of megabytes; the connection
// is none the worse for it.
func TestRunsAreOneCall(t *testing.T) {
	f := newFake(t, nil)
	f.props = map[string]any{"ControlGroup": "/init.scope"}
	const many = 10000
	for i := range many {
		f.units = append(f.units, listedUnit{
			Name: fmt.Sprintf("slimrun-true-%016x.scope", i), Description: Describe("true"), Active: "active",
			Path: "/org/freedesktop/systemd1/unit/x", JobPath: "/",
		})
	}
	m := dialFake(t, f)
	begin := time.Now()
	runs, err := m.Runs(within(t, 10*time.Second))
	if err != nil || len(runs) != many {
		t.Fatalf("%d runs, %v; want %d", len(runs), err, many)
	}
	t.Logf("%d runs in %v", many, time.Since(begin))
	if calls := f.greeted(); len(calls) != 1 {
		t.Errorf("%d calls, want one: %v", len(calls), calls)
	}
	if _, err := m.Runs(within(t, 10*time.Second)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

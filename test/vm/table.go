package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report prints the table, the reasons of all skips, where the time went, and the
// sum. The error says that something failed. Only a full run can tell that a
// scenario is skipped everywhere.
func report(w io.Writer, results []*result, full bool) error {
	t := newTable(results)
	t.print(w)
	printTimes(w, results)
	t.printSlowest(w)
	problems := t.problems(results, full)
	for _, problem := range problems {
		fmt.Fprintln(w, "FAIL:", problem)
	}
	fmt.Fprintf(w, "%d passed (%d of them alone, after a time-out), %d failed, %d skipped\n",
		t.count["pass"]+t.count[passedAlone], t.count[passedAlone], t.count["FAIL"], t.count["skip"])
	if len(problems) > 0 || t.count["FAIL"] > 0 {
		return errors.New("not everything passed")
	}
	return nil
}

// printTimes says where the time of each suite went.
func printTimes(w io.Writer, results []*result) {
	for _, r := range results {
		fmt.Fprintf(w, "%-10s", r.suite.name)
		var sum time.Duration
		for _, p := range r.phases {
			sum += p.took
			fmt.Fprintf(w, "  %s %.0fs", p.name, p.took.Seconds())
		}
		fmt.Fprintf(w, "  in all %.0fs\n", sum.Seconds())
	}
}

// printSlowest names the cells that took longest.
func (t *table) printSlowest(w io.Writer) {
	names := slices.SortedFunc(maps.Keys(t.cells), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.cells[b].took, t.cells[a].took), strings.Compare(a, b))
	})
	fmt.Fprint(w, "slowest:")
	for _, name := range names[:min(len(names), 10)] {
		scenario, env, _ := strings.Cut(name, " ")
		fmt.Fprintf(w, "  %s %s %.0fs", env, scenario, t.cells[name].took.Seconds())
	}
	fmt.Fprintln(w)
}

type table struct {
	envs      []string
	scenarios []string
	cells     map[string]verdict // by "scenario env"
	reasons   []string           // of skips; a cell shows the index as a letter
	count     map[string]int
}

func newTable(results []*result) *table {
	t := &table{cells: map[string]verdict{}, count: map[string]int{}}
	for _, r := range results {
		for _, user := range r.suite.users {
			t.envs = append(t.envs, r.suite.env(user))
			verdicts := r.verdicts[user]
			for _, scenario := range slices.Sorted(maps.Keys(verdicts)) {
				t.add(scenario, r.suite.env(user), verdicts[scenario])
			}
		}
	}
	slices.Sort(t.scenarios)
	return t
}

// add counts a scenario that began and never ended as failed.
func (t *table) add(scenario, env string, v verdict) {
	if v.outcome == "" {
		v.outcome = "FAIL"
	}
	t.count[v.outcome]++
	t.cells[scenario+" "+env] = v
	if !slices.Contains(t.scenarios, scenario) {
		t.scenarios = append(t.scenarios, scenario)
	}
	if v.outcome == "skip" && !slices.Contains(t.reasons, v.reason) {
		t.reasons = append(t.reasons, v.reason)
	}
}

func (t *table) print(w io.Writer) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab)
	for _, part := range []int{0, 1} {
		line := []string{[]string{"", "scenario"}[part]}
		for _, env := range t.envs {
			line = append(line, strings.Split(env, "/")[part])
		}
		fmt.Fprintln(tab, strings.Join(line, "\t"))
	}
	for _, scenario := range t.scenarios {
		line := []string{scenario}
		for _, env := range t.envs {
			line = append(line, t.cell(scenario, env))
		}
		fmt.Fprintln(tab, strings.Join(line, "\t"))
	}
	_ = tab.Flush()
	for i, reason := range t.reasons {
		fmt.Fprintf(w, "skip %d: %s\n", i+1, reason)
	}
}

func (t *table) cell(scenario, env string) string {
	v, ok := t.cells[scenario+" "+env]
	switch {
	case !ok:
		return "-"
	case v.outcome == "skip":
		return fmt.Sprintf("skip %d", slices.Index(t.reasons, v.reason)+1)
	}
	return v.outcome
}

// problems are what no single verdict shows.
func (t *table) problems(results []*result, full bool) []string {
	var problems []string
	for _, r := range results {
		if r.err != nil {
			problems = append(problems, fmt.Sprintf("suite %s: %v", r.suite.name, r.err))
			continue
		}
		for _, user := range r.suite.users {
			if status := r.status[user]; status != "0" && !t.failedIn(r.suite.env(user)) {
				problems = append(problems, fmt.Sprintf("%s: the tests ended with status %s", r.suite.env(user), status))
			}
		}
	}
	for _, scenario := range t.scenarios {
		if full && t.skippedEverywhere(scenario) {
			problems = append(problems, scenario+": skipped everywhere")
		}
	}
	if len(t.scenarios) == 0 {
		problems = append(problems, "no scenario ran")
	}
	return problems
}

func (t *table) failedIn(env string) bool {
	return slices.ContainsFunc(t.scenarios, func(scenario string) bool {
		return t.cells[scenario+" "+env].outcome == "FAIL"
	})
}

func (t *table) skippedEverywhere(scenario string) bool {
	return !slices.ContainsFunc(t.envs, func(env string) bool {
		v, ok := t.cells[scenario+" "+env]
		return ok && v.outcome != "skip"
	})
}

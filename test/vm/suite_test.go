package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What is named runs everywhere; else a suite has all scenarios, or its core.
func TestPattern(t *testing.T) {
	for want, got := range map[string]string{
		"^TestScenarios$":            suite{}.pattern(""),
		"^TestScenarios$/(?:root|x)": suite{core: "^status$"}.pattern("root|x"),
		"^TestScenarios$/(?:^a$)":    suite{core: "^a$"}.pattern(""),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A scenario that got another name must not fall out of a core unseen.
func TestCoreIsThere(t *testing.T) {
	for _, core := range []string{core, stepCore, slurm22Core, slurmV1Core} {
		coreIsThere(t, core)
	}
}

func coreIsThere(t *testing.T, core string) {
	t.Helper()
	entries, err := os.ReadDir("../e2e/scenarios")
	if err != nil {
		t.Fatal(err)
	}
	for word := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(core, "^("), ")$"), "|") {
		scenario, found := regexp.MustCompile("^"+word+`\.txtar$`), false
		for _, entry := range entries {
			found = found || scenario.MatchString(entry.Name())
		}
		if !found {
			t.Errorf("no scenario is called %s", word)
		}
	}
}

// Scenarios are shared by those that run the same ones, and nobody else.
func TestSharing(t *testing.T) {
	const all = "bookworm/root,bookworm/alice,trixie/root,trixie/alice,nosystemd/root"
	for _, s := range allSuites {
		want := map[string]string{
			"arm64": "arm64/root,arm64/alice", "slurm": "slurm/root,slurm/alice", "slurm22": "slurm22/root,slurm22/alice",
			"slurmv1": "slurmv1/root,slurmv1/alice",
		}[s.name]
		if want == "" {
			want = all
		}
		if got := s.sharing(allSuites); got != want {
			t.Errorf("%s shares with %s, want %s", s.name, got, want)
		}
		if got := s.sharing(nil); got != "" {
			t.Errorf("%s shares with %s though nothing is shared", s.name, got)
		}
	}
}

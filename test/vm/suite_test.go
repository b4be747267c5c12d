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

// A scenario that got another name must not fall out of the core unseen.
func TestCoreIsThere(t *testing.T) {
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

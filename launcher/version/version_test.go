package version

import (
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

func TestWaysOfBuilding(t *testing.T) {
	const hash = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d"
	for way, c := range map[string]struct{ module, revision, modified, number, commit string }{
		"go build -buildvcs=false":   {"(devel)", "", "", release, "unknown"},
		"go build, no tag":           {"v0.0.0-20261126103800-1a2b3c4d5e6f", hash, "false", release, "1a2b3c4d5e6f"},
		"go build, changed":          {"v0.0.0-20261126103800-1a2b3c4d5e6f+dirty", hash, "true", release, "1a2b3c4d5e6f-dirty"},
		"go build at a tag":          {"v1.2.3", hash, "false", "1.2.3", "1a2b3c4d5e6f"},
		"go install @v1.2.3":         {"v1.2.3", "", "", "1.2.3", "v1.2.3"},
		"go install @main, no tag":   {"v0.0.0-20261126103800-1a2b3c4d5e6f", "", "", release, "1a2b3c4d5e6f"},
		"go install @main, past one": {"v1.2.4-0.20261126103800-1a2b3c4d5e6f", "", "", "1.2.4-0.20261126103800-1a2b3c4d5e6f", "1a2b3c4d5e6f"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.module}}
		info.Settings = []debug.BuildSetting{{Key: "vcs.revision", Value: c.revision}, {Key: "vcs.modified", Value: c.modified}}
		if got := numberOf(info); got != c.number {
			t.Errorf("%s: number %q, want %q", way, got, c.number)
		}
		if got := commitOf(info); got != c.commit {
			t.Errorf("%s: commit %q, want %q", way, got, c.commit)
		}
	}
}

// What is released is what the page of changes begins with.
func TestRelease(t *testing.T) {
	page, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	_, newest, _ := strings.Cut(string(page), "\n## ")
	if !strings.HasPrefix(newest, release+" - ") {
		t.Errorf("CHANGELOG.md begins with %.20q, want %q", newest, release)
	}
}

package e2e

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

var runName = regexp.MustCompile(`--name[= ](e2e-[\w.-]*\w)\s`)

// A beginning is enough to name a run: scenarios that run side by side must not mean
// each other's.
func TestNamesOfRuns(t *testing.T) {
	files, err := fs.Glob(scenarios, "scenarios/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	owners := map[string]string{}
	for _, file := range files {
		script, err := fs.ReadFile(scenarios, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range runName.FindAllSubmatch(script, -1) {
			name := string(match[1])
			if other, taken := owners[name]; taken && other != file {
				t.Errorf("%s and %s both have a run %s", other, file, name)
			}
			owners[name] = file
		}
	}
	for name, file := range owners {
		for longer, other := range owners {
			if file != other && strings.HasPrefix(longer, name) {
				t.Errorf("%s of %s begins like %s of %s", longer, other, name, file)
			}
		}
	}
}

package limit

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docs/properties.md says of every limit what the table says, and of no other.
func TestDocsProperties(t *testing.T) {
	content, err := os.ReadFile("../../docs/properties.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := limitRows(string(content))
	if diff := cmp.Diff(rowsOfLimits(), documented); diff != "" {
		t.Errorf("docs/properties.md against the table: %s", diff)
	}
}

func rowsOfLimits() map[string][]string {
	rows := map[string][]string{}
	for _, row := range Rows {
		if !row.IsSynonym() {
			rows[row.Flag] = []string{row.Property, row.Type, row.Since, row.V2, row.V1}
		}
	}
	return rows
}

// limitRows reads the first table whose heading begins with "flag": flag,
// property, type, since, v2 and v1, with "–" for nothing.
func limitRows(markdown string) map[string][]string {
	rows, inside := map[string][]string{}, false
	for line := range strings.Lines(markdown) {
		cells := cellsOf(line)
		switch {
		case len(cells) < 6:
			if len(rows) > 0 {
				return rows
			}
			inside = false
		case strings.EqualFold(cells[0], "flag"):
			inside = true
		case inside && strings.Trim(cells[0], "-: ") != "":
			rows[flagOf(cells[0])] = cells[1:6]
		}
	}
	return rows
}

// cellsOf is a table's line without its marks; nil for another line.
func cellsOf(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	var cells []string
	for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
		cell = strings.TrimSpace(strings.ReplaceAll(cell, "`", ""))
		if cell == "–" || cell == "-" || cell == "—" {
			cell = ""
		}
		cells = append(cells, cell)
	}
	return cells
}

// flagOf is "memory" of "-m, --memory SIZE".
func flagOf(cell string) string {
	_, flag, _ := strings.Cut(cell, "--")
	flag, _, _ = strings.Cut(flag, " ")
	return strings.TrimSuffix(flag, ",")
}

// Every property that -p takes stands on the page too.
func TestDocsNameScopeProperties(t *testing.T) {
	content, err := os.ReadFile("../../docs/properties.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range scopeProperties() {
		if !strings.Contains(string(content), "`"+name+"`") {
			t.Errorf("docs/properties.md does not name %s", name)
		}
	}
}

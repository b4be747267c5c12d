package console

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Whatever a command is called: a table does nothing to the terminal, and is no wider.
func FuzzTable(f *testing.F) {
	f.Add("sleep", "1", uint8(20))
	f.Add("\x1b[2J日本語\u202e", "\xff\n", uint8(3))
	f.Add("e\u0301́️", "👩‍👩‍👧", uint8(1))
	f.Fuzz(func(t *testing.T, first, second string, width uint8) {
		table := Table{
			Columns: []Column{{Head: "N", Cut: atEnd}, {Head: "C", Cut: atEnd, Drop: 1}},
			Rows:    [][]string{{first, second}, {second, first}},
		}
		lines := table.Lines(int(width))
		if len(lines) != 3 {
			t.Fatalf("%q: %d lines", lines, len(lines))
		}
		for _, line := range lines {
			if !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) ||
				width > 0 && columns(line) > int(width) {
				t.Fatalf("of %q and %q: %q, %d columns of %d", first, second, line, columns(line), width)
			}
		}
	})
}

package console

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func aTable() Table {
	return Table{
		Columns: []Column{
			{Head: "NAME", Cut: shortName},
			{Head: "STATE"},
			{Head: "CPU", Right: true, Drop: 1},
			{Head: "COMMAND", Cut: atEnd, Drop: 2},
		},
		Rows: [][]string{
			{"slimrun-sleep-0123456789abcdef", "running", "0.1%", "sleep 600"},
			{"web", "paused", "100.0%", "nginx -g 'daemon off' \x1b[2J\n"},
		},
	}
}

// In a pipe a table is as wide as it takes; at a terminal texts are cut first, then
// columns left out, and never a line wrapped. What is left of a name can be typed.
func TestTableFits(t *testing.T) {
	for width, want := range map[int]string{
		0: `NAME                            STATE       CPU  COMMAND
slimrun-sleep-0123456789abcdef  running    0.1%  sleep 600
web                             paused   100.0%  nginx -g 'daemon off' ?[2J?`,
		62: `NAME                            STATE       CPU  COMMAND
slimrun-sleep-0123456789abcdef  running    0.1%  sleep 600
web                             paused   100.0%  nginx -g 'da…`,
		45: `NAME            STATE       CPU  COMMAND
0123456789abcd  running    0.1%  sleep 600
web             paused   100.0%  nginx -g 'd…`,
		30: `NAME          STATE       CPU
0123456789ab  running    0.1%
web           paused   100.0%`,
		15: `NAME    STATE
012345  running
web     paused`,
	} {
		got := aTable().Lines(width)
		if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%d columns: %s", width, diff)
		}
	}
	for width := 10; width < 100; width++ {
		for _, line := range aTable().Lines(width) {
			if columns(line) > width {
				t.Errorf("%d columns: %q takes %d", width, line, columns(line))
			}
		}
	}
}

// What a stranger wrote must neither move the cursor nor break the columns.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"plain é 漢": "plain é 漢", "a\x1b[2Jb": "a?[2Jb", "a\nb\tc\x7f": "a?b?c?", "\xff": "?", "\u202eevil": "?evil", "\u009b2J": "?2J",
	} {
		if got := Plain(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
	if n := columns("é漢e\u0301"); n != 4 {
		t.Errorf("takes %d columns, want 4", n)
	}
}

package console

import (
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/verdict"
)

// Table is what listings show. At a terminal it has the width of that: long texts are
// cut, then columns are left out. In a pipe it is as wide as it takes.
type Table struct {
	Columns []Column
	Rows    [][]string
}

// Column is one of a table's.
type Column struct {
	Head  string
	Right bool                                // it holds figures
	Cut   func(text string, width int) string // a text that is too wide; nil where none may be cut
	Drop  int                                 // the higher, the earlier it is left out for want of room; 0 for never
}

const (
	gap   = 2  // between columns
	least = 12 // a column is cut to that at most, before others are left out
)

// Table prints a table, on stdout, and is the exit status.
func (c Console) Table(t Table) int {
	var text strings.Builder
	for _, line := range t.Lines(Width(c.Out)) {
		text.WriteString(line + "\n")
	}
	return c.Script(text.String())
}

// Width is that of the terminal, 0 where there is none.
func Width(out io.Writer) int {
	file, ok := out.(*os.File)
	if !ok {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}

// Lines are those of the table, the head first, none wider than that; 0 is no limit.
func (t Table) Lines(width int) (lines []string) {
	t.Rows = slices.Clone(t.Rows)
	for i, row := range t.Rows {
		t.Rows[i] = slices.Clone(row)
		for j, cell := range row {
			t.Rows[i][j] = Plain(cell)
		}
	}
	shown, widths := t.fit(width)
	lines = append(lines, line(t.heads(), t.Columns, shown, widths))
	for _, row := range t.Rows {
		lines = append(lines, line(row, t.Columns, shown, widths))
	}
	return lines
}

func (t Table) heads() (heads []string) {
	for _, column := range t.Columns {
		heads = append(heads, column.Head)
	}
	return heads
}

// fit chooses the columns, and how wide each is.
func (t Table) fit(width int) (shown, widths []int) {
	widths = make([]int, len(t.Columns))
	for i := range t.Columns {
		shown = append(shown, i)
		for _, row := range append(t.Rows, t.heads()) {
			widths[i] = max(widths[i], columns(row[i]))
		}
	}
	for width > 0 {
		over := total(shown, widths) - width
		over = t.shrink(shown, widths, over, least)
		if over <= 0 {
			return shown, widths
		}
		last := t.leastWanted(shown)
		if last < 0 {
			t.shrink(shown, widths, over, 1)
			return shown, widths
		}
		shown = slices.DeleteFunc(shown, func(i int) bool { return i == last })
	}
	return shown, widths
}

func total(shown, widths []int) int {
	sum := gap * (len(shown) - 1)
	for _, i := range shown {
		sum += widths[i]
	}
	return sum
}

// shrink cuts the columns that can be cut, the last first, to a width at least. What
// comes back is what there still is too much.
func (t Table) shrink(shown, widths []int, over, to int) int {
	for _, i := range slices.Backward(shown) {
		if over <= 0 || t.Columns[i].Cut == nil {
			continue
		}
		less := min(over, max(widths[i]-to, 0))
		widths[i] -= less
		over -= less
	}
	return over
}

// leastWanted is the column that is left out next, -1 for none.
func (t Table) leastWanted(shown []int) int {
	next := -1
	for _, i := range shown {
		if drop := t.Columns[i].Drop; drop > 0 && (next < 0 || drop > t.Columns[next].Drop) {
			next = i
		}
	}
	return next
}

// line is a row's shown columns, each as wide as is said.
func line(row []string, all []Column, shown, widths []int) string {
	var text strings.Builder
	for n, i := range shown {
		cell := row[i]
		if columns(cell) > widths[i] {
			cell = all[i].Cut(cell, widths[i])
		}
		pad := strings.Repeat(" ", max(widths[i]-columns(cell), 0))
		if n > 0 {
			text.WriteString(strings.Repeat(" ", gap))
		}
		if all[i].Right {
			text.WriteString(pad)
		}
		text.WriteString(cell)
		if !all[i].Right && n < len(shown)-1 {
			text.WriteString(pad)
		}
	}
	return strings.TrimRight(text.String(), " ")
}

// atEnd cuts a text, and shows that.
func atEnd(text string, width int) string { return beginning(text, width-1) + "…" }

// beginning is as much of a text as fits.
func beginning(text string, width int) string {
	for i, c := range text {
		if width -= runeColumns(c); width < 0 {
			return text[:i]
		}
	}
	return text
}

// Failed prints an error that ends a word, and is the exit status.
func (c Console) Failed(err error) int {
	c.Error(err)
	return verdict.StatusFailed
}

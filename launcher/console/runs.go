package console

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/unit/limit"
)

// Names prints the names of runs, on stdout, and is the exit status.
func (c Console) Names(all []string) int {
	var text strings.Builder
	for _, name := range all {
		text.WriteString(name + "\n")
	}
	return c.Script(text.String())
}

// Entries prints runs as JSON, one object a line.
func (c Console) Entries(all []runs.Entry) int { return jsonLines(c, all...) }

// shortName is what can be typed instead of a name: its beginning, or that of a
// generated one's digits.
func shortName(name string, width int) string { return beginning(runs.Short(name), width) }

var runsColumns = []Column{
	{Head: "NAME", Cut: shortName},
	{Head: "STATE"},
	{Head: "SINCE", Right: true, Drop: 3},
	{Head: "MEMORY", Right: true, Drop: 1},
	{Head: "CPU", Right: true, Drop: 2},
	{Head: "PIDS", Right: true, Drop: 4},
	{Head: "COMMAND", Cut: atEnd, Drop: 5},
}

// Runs prints a table of runs.
func (c Console) Runs(all []runs.Entry, now time.Time) int {
	t := Table{Columns: runsColumns}
	for _, e := range all {
		t.Rows = append(t.Rows, []string{
			e.Name, state(e), since(e.Started, now),
			against(cmp.Or(e.Usage.Memory, e.Usage.MemoryPeak), e.Limits[limit.Memory.Flag], limit.FormatSize),
			percent(e.Usage.CPUPercent),
			against(cmp.Or(e.Usage.Pids, e.Usage.PidsPeak), e.Limits[limit.Pids.Flag], decimal),
			command(e),
		})
	}
	return c.Table(t)
}

// state is what a run does, or how it ended: "lost" is that of which nobody knows.
func state(e runs.Entry) string {
	switch {
	case e.State != runs.Ended:
		return string(e.State)
	case e.Outcome == nil || e.ExitCode == nil:
		return "lost"
	}
	return fmt.Sprintf("%s %d", *e.Outcome, *e.ExitCode)
}

func command(e runs.Entry) string {
	if len(e.Command) == 0 {
		return e.Description
	}
	return QuoteAll(e.Command)
}

// since is an age, in its two largest units at most.
func since(began *time.Time, now time.Time) string {
	if began == nil {
		return "?"
	}
	age := max(now.Sub(*began), 0)
	days := int(age / (24 * time.Hour))
	switch {
	case age < time.Minute:
		return fmt.Sprintf("%ds", int(age.Seconds()))
	case age < time.Hour:
		return fmt.Sprintf("%dmin", int(age.Minutes()))
	case days == 0:
		return fmt.Sprintf("%dh%02dmin", int(age.Hours()), int(age.Minutes())%60)
	}
	return fmt.Sprintf("%dd%02dh", days, int(age.Hours())%24)
}

// against is a figure, and its limit where it has one.
func against(n *uint64, most runs.Limit, format func(uint64) string) string {
	text := "?"
	if n != nil {
		text = format(*n)
	}
	if most.Kernel == nil {
		return text
	}
	bound, err := strconv.ParseUint(*most.Kernel, 10, 64)
	if err != nil {
		return text
	}
	return text + " / " + format(bound)
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

func percent(p *float64) string {
	if p == nil {
		return "?"
	}
	return fmt.Sprintf("%.1f%%", *p)
}

package console

import (
	"fmt"
	"time"

	"github.com/slimrun/slimrun/launcher/sizing"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/limit"
)

var historyColumns = []Column{
	{Head: "STARTED", Drop: 3},
	{Head: "ENDED"},
	{Head: "TIME", Right: true},
	{Head: "CPU", Right: true, Drop: 2},
	{Head: "WORKING SET", Right: true},
	{Head: "LIMIT", Right: true, Drop: 1},
	{Head: "COMMAND", Cut: atEnd, Drop: 4},
}

// History prints a table of recorded runs.
func (c Console) History(runs []verdict.Report) int {
	t := Table{Columns: historyColumns}
	for _, run := range runs {
		t.Rows = append(t.Rows, []string{
			localTime(run.Started), fmt.Sprintf("%s %d", run.Outcome, run.ExitCode),
			shortly(time.Duration(run.Usage.Wall) * time.Microsecond), usecs(run.Usage.CPU),
			orDash(run.Usage.WorkingSet), askedFor(run, limit.Memory), QuoteAll(run.Command),
		})
	}
	return c.Table(t)
}

func localTime(text string) string {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return "?"
	}
	return at.Local().Format("2006-01-02 15:04:05")
}

func usecs(n *uint64) string {
	if n == nil {
		return "?"
	}
	return shortly(time.Duration(*n) * time.Microsecond)
}

// shortly is a time in three digits or so.
func shortly(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

func orDash(n *uint64) string {
	if n == nil {
		return "-"
	}
	return limit.FormatSize(*n)
}

func askedFor(run verdict.Report, row *limit.Row) string {
	if asked, ok := run.Limits[row.Flag]; ok {
		return asked.Asked
	}
	return "-"
}

// Reports prints recorded runs as JSON, one object a line.
func (c Console) Reports(runs []verdict.Report) int { return jsonLines(c, runs...) }

// Suggestion prints limits, what they stand on, and the line to type.
func (c Console) Suggestion(command []string, s sizing.Suggestion, asJSON bool) int {
	line := []string{"slimrun", "-" + limit.Memory.Short, limit.FormatSize(s.Memory)}
	if s.Pids > 0 {
		line = append(line, "--"+limit.Pids.Flag, fmt.Sprint(s.Pids))
	}
	line = append(line, "--"+limit.Timeout.Flag, systemdSpan(s.Time), "--")
	line = append(line, command...)
	if asJSON {
		return jsonLines(c, struct {
			sizing.Suggestion
			Time int64    `json:"timeout_usec"`
			Long int64    `json:"most_wall_usec"`
			Line []string `json:"line"`
		}{s, s.Time.Microseconds(), s.Long.Microseconds(), line})
	}
	text := fmt.Sprintf("memory   %-8s working sets of %s to %s in %d runs, a headroom%s\n",
		limit.FormatSize(s.Memory), limit.FormatSize(s.Least), limit.FormatSize(s.Most), s.Runs, toWrite(s))
	if s.Pids > 0 {
		text += fmt.Sprintf("pids     %-8d twice the %d tasks at most\n", s.Pids, s.Peak)
	}
	text += fmt.Sprintf("timeout  %-8s three times the longest, %s\n\n", systemdSpan(s.Time), shortly(s.Long))
	return c.Script(text + Plain(QuoteAll(line)) + "\n")
}

func toWrite(s sizing.Suggestion) string {
	if s.Dirty == 0 {
		return ""
	}
	return ", and room for writes"
}

func systemdSpan(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }

package console

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
)

// Order is what a live view is sorted by.
type Order byte

// The orders, by the key that is pressed for each.
const (
	ByMemory Order = 'm'
	ByCPU    Order = 'c'
	ByPids   Order = 'p'
	ByName   Order = 'n'
)

// IsOrder says whether a key is one of these.
func IsOrder(key byte) bool { return strings.IndexByte("mcpn", key) >= 0 }

// Top is what a live view shows at one moment.
type Top struct {
	Runs   []runs.Entry
	Events []string // the last ones, the newest first
	Order  Order
	Now    time.Time
}

// Frame is the view for a terminal of that size.
func (t Top) Frame(width, height int) []string {
	lines := []string{t.head()}
	table := t.table(width).Lines(width)
	room := max(height-1-min(len(t.Events), max(height/4, 1)), 2)
	if len(table) > room {
		table = append(table[:room-1], fmt.Sprintf("and %d more", len(table)-room+1))
	}
	lines = slices.Concat(lines, table, t.Events)
	lines = lines[:min(len(lines), height)]
	for i, line := range lines {
		lines[i] = beginning(line, width)
	}
	return lines
}

// Plain is the view for a pipe.
func (t Top) Plain() []string { return t.table(0).Lines(0) }

func (t Top) head() string {
	var cpu float64
	var memory uint64
	for _, e := range t.Runs {
		cpu += orNone(e.Usage.CPUPercent)
		memory += orNone(e.Usage.Memory)
	}
	order := map[Order]string{ByMemory: "memory", ByCPU: "cpu", ByPids: "pids", ByName: "name"}[t.Order]
	return fmt.Sprintf("runs %d  by %s: m c p n, q quits  cpu %.0f%%  memory %s  %s",
		len(t.Runs), order, cpu, limit.FormatSize(memory), t.Now.Format(time.TimeOnly))
}

func orNone[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// table has a row for each run. The bars are short where the terminal is narrow.
func (t Top) table(width int) Table {
	cells := 10
	if width > 0 && width < 60 {
		cells = 5
	}
	table := Table{Columns: []Column{
		{Head: "NAME", Cut: shortName},
		{Head: "CPU", Right: true},
		{Head: "MEMORY"},
		{Head: "KILLS", Right: true, Drop: 2},
		{Head: "PIDS", Right: true, Drop: 3},
		{Head: "WAITS cpu mem io", Right: true, Drop: 1},
		{Head: "STATE", Drop: 4},
		{Head: "COMMAND", Cut: atEnd, Drop: 5},
	}}
	for _, e := range t.sorted() {
		table.Rows = append(table.Rows, []string{
			e.Name, percent(e.Usage.CPUPercent), memory(e, cells), kills(e),
			against(e.Usage.Pids, e.Limits[limit.Pids.Flag], decimal),
			waits(e.Usage.Waits), string(e.State), command(e),
		})
	}
	return table
}

// sorted has what takes most first.
func (t Top) sorted() []runs.Entry {
	all := slices.Clone(t.Runs)
	slices.SortStableFunc(all, func(a, b runs.Entry) int {
		order := 0
		switch t.Order {
		case ByMemory:
			order = cmp.Compare(orNone(b.Usage.Memory), orNone(a.Usage.Memory))
		case ByCPU:
			order = cmp.Compare(orNone(b.Usage.CPUPercent), orNone(a.Usage.CPUPercent))
		case ByPids:
			order = cmp.Compare(orNone(b.Usage.Pids), orNone(a.Usage.Pids))
		}
		return cmp.Or(order, cmp.Compare(a.Name, b.Name))
	})
	return all
}

// memory is a bar, of a run with a limit, and the figure.
func memory(e runs.Entry, cells int) string {
	text := against(e.Usage.Memory, e.Limits[limit.Memory.Flag], limit.FormatSize)
	most := e.Limits[limit.Memory.Flag].Kernel
	if most == nil || e.Usage.Memory == nil {
		return strings.Repeat(" ", cells+3) + text
	}
	bound, err := strconv.ParseUint(*most, 10, 64)
	if err != nil || bound == 0 {
		return strings.Repeat(" ", cells+3) + text
	}
	full := min(int(float64(*e.Usage.Memory)/float64(bound)*float64(cells)+0.5), cells)
	return "[" + strings.Repeat("|", full) + strings.Repeat(" ", cells-full) + "] " + text
}

func kills(e runs.Entry) string {
	if e.OOM.Kills == nil {
		return "?"
	}
	return decimal(*e.OOM.Kills)
}

// waits are the shares of the time in which some of the run waited.
func waits(w runs.Waits) string {
	text := ""
	for _, resource := range cgroup.Resources {
		share := "?"
		if w[resource] != nil {
			share = fmt.Sprintf("%.0f%%", *w[resource])
		}
		text += fmt.Sprintf("%5s", share)
	}
	return strings.TrimSpace(text)
}

// Events words what has happened.
func Events(events []runs.Event, now time.Time) (lines []string) {
	for _, e := range events {
		text := "has ended"
		switch {
		case !e.Ended():
			text = fmt.Sprintf("%d killed for memory, %d in all", e.Killed, e.InAll)
		case e.Outcome != nil && e.ExitCode != nil:
			text = fmt.Sprintf("has ended: %s %d", *e.Outcome, *e.ExitCode)
		}
		lines = append(lines, fmt.Sprintf("%s  %s  %s", now.Format(time.TimeOnly), Plain(e.Name), text))
	}
	return lines
}

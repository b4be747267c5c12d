package limit

import (
	"strconv"
	"strings"
)

// Clip tightens limits to what is in force around the run. Tightened names those
// that were asked for and are less now; one that nobody asked for is added.
func Clip(limits []Asked, around Files) (clipped []Asked, tightened []Asked) {
	for _, row := range Rows {
		if !row.Clipped {
			continue
		}
		own, ok := row.InForce(around)
		if !ok {
			continue
		}
		have, asked := find(limits, row)
		if asked && have.Number() <= own {
			continue
		}
		tight := Asked{Row: row, As: "--" + row.Flag, Text: row.kind.flagText(own), Implied: true, value: own}
		limits = replace(limits, tight)
		if asked {
			tightened = append(tightened, tight)
		}
	}
	return limits, tightened
}

// InForce reads the limit's file as the number that a flag would give; false
// where there is no limit.
func (r *Row) InForce(files Files) (uint64, bool) {
	content, err := r.Kernel(files)
	if err != nil {
		return 0, false
	}
	value, period, isQuota := strings.Cut(content, " ")
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil || n == maxBytes(pageSize()) {
		return 0, false
	}
	if p, err := strconv.ParseUint(period, 10, 64); isQuota && err == nil && p > 0 {
		n = n * 1e6 / p
	}
	return n, true
}

func find(limits []Asked, row *Row) (Asked, bool) {
	for _, asked := range limits {
		if asked.Row == row {
			return asked, true
		}
	}
	return Asked{}, false
}

func replace(limits []Asked, with Asked) []Asked {
	replaced := []Asked{with}
	for _, asked := range limits {
		if asked.Row != with.Row {
			replaced = append(replaced, asked)
		}
	}
	return replaced
}

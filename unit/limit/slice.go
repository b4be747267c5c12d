package limit

import (
	"fmt"
	"strings"

	"github.com/slimrun/slimrun/unit/problem"
)

// SliceFlag is the flag by which limits are set on a slice.
const SliceFlag = "--slice-limit"

// AskSlice reads FLAG=VALUE, a limit of the table for a slice. Errors: no such
// limit, a limit that slices have not, a value it does not take.
func AskSlice(assignment string) (Asked, error) {
	flag, text, ok := strings.Cut(assignment, "=")
	row, known := Find(flag)
	switch {
	case !ok:
		return Asked{}, fmt.Errorf("%s %q: want FLAG=VALUE, such as memory=8G", SliceFlag, assignment)
	case !known || row.IsSynonym():
		return Asked{}, problem.Errorf(nearestOnSlices(flag), "%s %q: no limit is called %q", SliceFlag, assignment,
			flag)
	case !row.OnSlices():
		return Asked{}, problem.Errorf(fmt.Sprintf("give it to the run: --%s %s", flag, text),
			"%s %q: a slice has no %s", SliceFlag, assignment, row.Property)
	}
	value, err := row.read(flag, text)
	if err != nil {
		return Asked{}, fmt.Errorf("%s %q: %w", SliceFlag, assignment, err)
	}
	return Asked{Row: row, As: SliceFlag + " " + flag, Text: text, value: value}, nil
}

// NestFlag puts a run's limits on a slice of its own too.
const NestFlag = "--nest"

// OnNest are those of a run's limits that its own slice takes.
func OnNest(limits []Asked) (nested []Asked) {
	for _, asked := range limits {
		if asked.Row.OnSlices() {
			asked.As = NestFlag + " " + asked.Row.Flag
			nested = append(nested, asked)
		}
	}
	return nested
}

func nearestOnSlices(flag string) string {
	var names []string
	for _, row := range Rows {
		if row.OnSlices() {
			names = append(names, row.Flag)
		}
	}
	if near := problem.Nearest(flag, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "they are " + strings.Join(names, ", ")
}

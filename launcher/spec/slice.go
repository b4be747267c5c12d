package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// systemdsSlices hold the machine itself, or a user's whole session: a budget
// for runs there would be one for everything else too.
var systemdsSlices = []string{"system", "user", "machine", "app", "session", "background", "init"}

// finishSlice reads --slice-limit in the table's order, with what memory
// implies for a run too: no swap.
func (d *Draft) finishSlice() error {
	if len(d.sliceLimits) == 0 {
		return nil
	}
	problems := []error{checkBudget(d.spec.Slice)}
	asked := map[*limit.Row]limit.Asked{}
	for _, assignment := range d.sliceLimits {
		one, err := limit.AskSlice(assignment)
		problems = append(problems, err)
		if err == nil {
			asked[one.Row] = one
		}
	}
	if _, swap := asked[limit.Swap]; asked[limit.Memory].Row != nil && !swap {
		asked[limit.Swap], _ = limit.AskSlice("swap=0")
	}
	d.spec.SliceLimits = inOrder(asked)
	return errors.Join(problems...)
}

func checkBudget(slice string) error {
	name, _, _ := strings.Cut(strings.TrimSuffix(slice, ".slice"), "-")
	switch {
	case slice == "":
		return problem.Of(errors.New("--slice-limit: no slice is named"), "add --slice NAME: the runs in it share the limit")
	case slices.Contains(systemdsSlices, name):
		return problem.Of(fmt.Errorf("--slice-limit: %s is systemd's own, and holds more than runs", slice), "take a slice of your own, such as --slice build")
	}
	return nil
}

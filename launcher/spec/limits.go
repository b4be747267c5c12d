package spec

import (
	"errors"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/unit/limit"
)

// readLimits reads the limits in the table's order, and what they imply:
// memory alone means memory, so swap is 0; and the kernel kills alone.
func readLimits(request Request) ([]limit.Asked, []limit.Property, error) {
	var problems []error
	asked := map[*limit.Row]limit.Asked{}
	limits, err := fromDocker(request.Limits)
	problems = append(problems, err)
	for flag, text := range limits {
		one, err := limit.Ask(flag, text)
		problems = append(problems, err)
		asked[one.Row] = one
	}
	var extras []limit.Property
	for _, assignment := range request.Properties {
		extra, err := limit.ParseProperty(assignment)
		problems = append(problems, err)
		switch {
		case err != nil:
		case extra.Limit != nil:
			asked[extra.Limit.Row] = *extra.Limit
		default:
			extras = append(extras, extra.Property)
		}
	}
	if err := joinSorted(problems); err != nil {
		return nil, nil, err
	}
	imply(asked)
	return inOrder(asked), extras, nil
}

// joinSorted joins errors in a fixed order: they come from a map.
func joinSorted(problems []error) error {
	problems = slices.DeleteFunc(problems, func(err error) bool { return err == nil })
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}

func imply(asked map[*limit.Row]limit.Asked) {
	_, memory := asked[limit.Memory]
	if _, swap := asked[limit.Swap]; memory && !swap {
		asked[limit.Swap] = limit.Swap.Imply("0")
	}
	if _, oom := asked[limit.OOM]; !oom {
		asked[limit.OOM] = limit.OOM.Imply("continue")
	}
}

func inOrder(asked map[*limit.Row]limit.Asked) []limit.Asked {
	var limits []limit.Asked
	for _, row := range limit.Rows {
		if one, ok := asked[row]; ok {
			limits = append(limits, one)
		}
	}
	return limits
}

package spec

import (
	"errors"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/unit"
)

// readLimits reads the limits in the table's order, and what they imply:
// memory alone means memory, so swap is 0; and the kernel kills alone.
func readLimits(request Request) ([]unit.Asked, []unit.Property, error) {
	var problems []error
	asked := map[string]unit.Asked{}
	limits, err := fromDocker(request.Limits)
	problems = append(problems, err)
	for flag, text := range limits {
		limit, err := unit.Ask(flag, text)
		problems = append(problems, err)
		asked[flag] = limit
	}
	var extras []unit.Property
	for _, assignment := range request.Properties {
		extra, err := unit.ParseProperty(assignment)
		problems = append(problems, err)
		switch {
		case err != nil:
		case extra.Limit != nil:
			asked[extra.Limit.Limit.Flag] = *extra.Limit
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

func imply(asked map[string]unit.Asked) {
	_, memory := asked["memory"]
	if _, swap := asked["swap"]; memory && !swap {
		asked["swap"] = unit.Imply("swap", "0")
	}
	if _, oom := asked["oom"]; !oom {
		asked["oom"] = unit.Imply("oom", "continue")
	}
}

func inOrder(asked map[string]unit.Asked) []unit.Asked {
	var limits []unit.Asked
	for _, row := range unit.Limits {
		if limit, ok := asked[row.Flag]; ok {
			limits = append(limits, limit)
		}
	}
	return limits
}

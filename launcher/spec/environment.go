package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// environment is the caller's, with what was asked for put over it.
func environment(caller, asked []string) ([]string, error) {
	var problems []error
	env := slices.Clone(caller)
	for _, assignment := range asked {
		name, _, hasValue := strings.Cut(assignment, "=")
		if name == "" || strings.ContainsRune(assignment, 0) {
			problems = append(problems, fmt.Errorf("--env %q: want NAME=VALUE", assignment))
			continue
		}
		if !hasValue {
			continue // the caller's own is there already
		}
		env = slices.DeleteFunc(env, func(have string) bool { return strings.HasPrefix(have, name+"=") })
		env = append(env, assignment)
	}
	return env, errors.Join(problems...)
}

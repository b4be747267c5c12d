package cmdline

import (
	"errors"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/unit/problem"
)

// nameOf is the name under which a flag was given, for whoever complains of its
// value: on the line, by a variable, or in the profile.
func (l *Line) nameOf(i int, environment []string, profile *Profile) string {
	if j := l.last(i); j >= 0 {
		return l.given[j].name
	}
	flag := &l.flags[i]
	for j, variable := range flag.Variables() {
		if slices.ContainsFunc(environment, func(have string) bool { return strings.HasPrefix(have, variable+"=") }) {
			return flag.Names()[j]
		}
	}
	return profile.nameOf(flag.Name)
}

// last is where a flag stands on the line for the last time, -1 for nowhere.
func (l *Line) last(flag int) int {
	for j := len(l.given) - 1; j >= 0; j-- {
		if l.given[j].flag == flag {
			return j
		}
	}
	return -1
}

// unknownVariables joins an error for each variable that looks like a flag's and
// is none: a limit that a misspelt variable asks for must not be missing in
// silence.
func unknownVariables(flags grammar.Flags, environment []string) error {
	var problems []error
	for _, assignment := range environment {
		name, _, _ := strings.Cut(assignment, "=")
		if strings.HasPrefix(name, grammar.Prefix) && name != grammar.Trace && flags.Variable(name) < 0 {
			problems = append(problems, problem.Errorf(flags.NearestVariable(name),
				"unknown variable %s: it sets no flag", name))
		}
	}
	return errors.Join(problems...)
}

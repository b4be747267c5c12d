package cmdline

import (
	"slices"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
)

// values are what each flag was given, by its place among the rows; nil for
// nothing.
type values [][]string

// quick reads an ordinary line without the parser, whose model of the flags
// would cost each run a millisecond. It leaves to the parser whatever is out of
// the ordinary: --help, --version, --profile, a switch with a strange value. The
// two read alike; a test holds them together.
func (l *Line) quick(environment []string) (values, bool) {
	v := make(values, len(l.flags))
	if !l.variables(v, environment) {
		return nil, false
	}
	fromLine := make([]bool, len(l.flags))
	for _, g := range l.given {
		if !fromLine[g.flag] {
			v[g.flag] = nil // a flag beats its variable
			fromLine[g.flag] = true
		}
		if !g.assigned {
			g.value = "true"
		}
		if !v.take(&l.flags[g.flag], g.flag, g.value) {
			return nil, false
		}
	}
	return v, true
}

// variables takes what the environment says. A variable by a flag's name beats
// one by its alias.
func (l *Line) variables(v values, environment []string) bool {
	rank := map[int]int{}
	for _, assignment := range environment {
		name, value, _ := strings.Cut(assignment, "=")
		if !strings.HasPrefix(name, grammar.Prefix) {
			continue
		}
		i := l.flags.Variable(name)
		if i < 0 || !l.flags[i].HasVariables() {
			continue // unknownVariables says so
		}
		own := slices.Index(l.flags[i].Variables(), name)
		if best, seen := rank[i]; seen && best < own {
			continue
		}
		rank[i], v[i] = own, nil
		if !v.take(&l.flags[i], i, value) {
			return false
		}
	}
	return true
}

// take does with a value what the parser would; false leaves it to the parser.
func (v values) take(flag *grammar.Flag, i int, value string) bool {
	switch flag.Value.Kind {
	case grammar.Repeated:
		v[i] = append(v[i], value)
		return true
	case grammar.Once:
		v[i] = []string{value}
		return true
	case grammar.OnOff:
		_, err := grammar.Truth(value)
		v[i] = []string{value}
		return err == nil
	}
	return false
}

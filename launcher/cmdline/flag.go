package cmdline

import (
	"slices"
	"strings"

	"github.com/slimrun/slimrun/unit/problem"
)

// Flag describes a flag of a run.
type Flag struct {
	Name        string // long, without dashes
	Short       rune   // 0 for none
	Aliases     []string
	Env         []string // variables that set it
	Bool        bool     // it takes no value
	Repeat      bool     // it may be given several times
	Number      bool     // its values are whole numbers
	Placeholder string   // what its value looks like: "SIZE", "a|b|c"
	Help        string
	Group       string
}

// Flags are all flags of a run.
type Flags []Flag

// find finds a flag by "--name", an alias of it, or "-n"; nil for none.
func (f Flags) find(word string) *Flag {
	for i := range f {
		flag := &f[i]
		if word == "--"+flag.Name || flag.Short != 0 && word == "-"+string(flag.Short) {
			return flag
		}
		if name, ok := strings.CutPrefix(word, "--"); ok && slices.Contains(flag.Aliases, name) {
			return flag
		}
	}
	return nil
}

// names are the long names with their aliases, each behind prefix.
func (f Flags) names(prefix string) []string {
	var names []string
	for _, flag := range f {
		names = append(names, prefix+flag.Name)
		for _, alias := range flag.Aliases {
			names = append(names, prefix+alias)
		}
	}
	return names
}

// nearest is the hint for a name that is no flag's.
func (f Flags) nearest(name, prefix string) string {
	if near := problem.Nearest(name, f.names(prefix)); near != "" {
		return "did you mean " + near + "?"
	}
	return "slimrun --help lists the flags"
}

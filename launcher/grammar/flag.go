package grammar

import (
	"slices"
	"strings"

	"github.com/slimrun/slimrun/unit/problem"
)

// Flag is one flag.
type Flag struct {
	Name        string   // long, without dashes
	Aliases     []string // other long names for the same
	Short       string   // one letter, "" for none
	Group       string   // of --help
	Placeholder string   // what its value looks like: "SIZE", "kill|stop|continue"
	Help        string
	Value       Value // what it takes, and where that goes

	// Typed is set where the flag stands on the line itself, not in a variable or a
	// profile; nil where nobody asks.
	Typed *bool
}

// Switch says whether the flag takes no value but "=true" and "=false".
func (f *Flag) Switch() bool {
	return f.Value.Kind == OnOff || f.Shows()
}

// Repeats says whether the flag may be given several times; of another one the
// last one wins.
func (f *Flag) Repeats() bool { return f.Value.Kind == Repeated }

// OnItsLine says whether the flag is about the line that it stands on, so that
// no profile can set it.
func (f *Flag) OnItsLine() bool { return f.Value.Kind == NamesProfile || f.Shows() }

// Shows says whether the flag is a question, and nothing else happens.
func (f *Flag) Shows() bool { return f.Value.Kind == ShowHelp || f.Value.Kind == ShowVersion }

// Names are its long names.
func (f *Flag) Names() []string { return append([]string{f.Name}, f.Aliases...) }

// Spellings are all the ways to write the flag: "--memory", "-m".
func (f *Flag) Spellings() (all []string) {
	for _, name := range f.Names() {
		all = append(all, "--"+name)
	}
	if f.Short != "" {
		all = append(all, "-"+f.Short)
	}
	return all
}

// Prefix begins the names of the variables that set flags.
const Prefix = "SLIMRUN_"

// Trace is the one variable that is no flag's: the file that a launch's steps are
// written to.
const Trace = Prefix + "TRACE"

// VariablesIn are the assignments of an environment that set flags.
func VariablesIn(environment []string) []string {
	set := []string{}
	for _, assignment := range environment {
		if strings.HasPrefix(assignment, Prefix) {
			set = append(set, assignment)
		}
	}
	return set
}

// HasVariables says whether variables set the flag: not --help and --version,
// which somebody's SLIMRUN_VERSION is not to call for.
func (f *Flag) HasVariables() bool {
	return !f.Shows()
}

// Variables are those of the flag's names, one for each of the long ones; the
// first of them that is set counts.
func (f *Flag) Variables() (all []string) {
	for _, name := range f.Names() {
		all = append(all, variable(name))
	}
	return all
}

func variable(name string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// Choices are the values that the flag takes, where its placeholder is a list of
// such as can be typed as they are: "kill|stop"; else nil.
func (f *Flag) Choices() []string { return choices(f.Placeholder) }

func choices(placeholder string) []string {
	choices := strings.FieldsFunc(placeholder, func(c rune) bool { return c == '|' || c == ',' })
	for _, choice := range choices {
		if strings.Trim(choice, "abcdefghijklmnopqrstuvwxyz-") != "" || choice == "-" {
			return nil
		}
	}
	if len(choices) < 2 {
		return nil
	}
	return choices
}

// Flags are all flags of a run, or of a word.
type Flags []Flag

// Find finds a flag by "--name", an alias of it, or "-n"; -1 for none.
func (f Flags) Find(word string) int {
	name, long := strings.CutPrefix(word, "--")
	for i := range f {
		flag := &f[i]
		switch {
		case long && (name == flag.Name || slices.Contains(flag.Aliases, name)):
			return i
		case len(word) == 2 && word[0] == '-' && word[1:] == flag.Short:
			return i
		}
	}
	return -1
}

// Kind finds the one flag of a kind of which there is but one; -1 for none.
func (f Flags) Kind(kind Kind) int {
	return slices.IndexFunc(f, func(flag Flag) bool { return flag.Value.Kind == kind })
}

// Variable finds the flag that a variable sets; -1 for none.
func (f Flags) Variable(name string) int {
	for i := range f {
		if slices.Contains(f[i].Variables(), name) {
			return i
		}
	}
	return -1
}

// NearestName is the hint for a long name that is no flag's; prefix stands before
// both.
func (f Flags) NearestName(wrong, prefix string) string {
	var names []string
	for i := range f {
		for _, name := range f[i].Names() {
			names = append(names, prefix+name)
		}
	}
	return nearest(wrong, names)
}

// NearestVariable is the hint for a variable that is no flag's.
func (f Flags) NearestVariable(wrong string) string {
	names := []string{Trace}
	for i := range f {
		if f[i].HasVariables() {
			names = append(names, f[i].Variables()...)
		}
	}
	return nearest(wrong, names)
}

func nearest(wrong string, names []string) string {
	if near := problem.Nearest(wrong, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "slimrun --help lists the flags"
}

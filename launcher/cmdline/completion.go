package cmdline

import (
	"slices"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
)

// Scripts write a shell's completion.
var Scripts = map[string]func(grammar.Flags, grammar.Words) string{"bash": bash, "zsh": zsh, "fish": fish}

// offer is what a shell offers as a flag's value.
type offer int

const (
	anything offer = iota
	choices        // those of the placeholder
	files
	directories
	profiles
)

// offerFor goes by what a value looks like.
func offerFor(flag *grammar.Flag) offer {
	first := strings.FieldsFunc(flag.Placeholder, func(c rune) bool { return c < 'A' || c > 'Z' })
	switch {
	case flag.Choices() != nil:
		return choices
	case len(first) == 0:
		return anything
	case first[0] == "DIR":
		return directories
	case first[0] == "PROFILE":
		return profiles
	case slices.Contains([]string{"PATH", "FILE", "SRC", "DEV"}, first[0]):
		return files
	}
	return anything
}

// behind are the words that may follow a word: its flags and the values of its
// arguments.
func behind(word *grammar.Word) (words []string) {
	for i := range word.Flags {
		words = append(words, "--"+word.Flags[i].Name)
	}
	for i := range word.Args {
		words = append(words, word.Args[i].Choices()...)
	}
	return words
}

// runsBehind is how `slimrun ps` names the runs that may follow a word, "" for none.
func runsBehind(word *grammar.Word) string {
	for _, arg := range word.Args {
		switch {
		case arg.Placeholder != "RUN":
		case arg.Ended:
			return "-aq"
		default:
			return "-q"
		}
	}
	return ""
}

// quote writes a text in single quotes, as bash and zsh read it.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func wordNames(words grammar.Words) (names []string) {
	for _, word := range words {
		names = append(names, word.Name)
	}
	return names
}

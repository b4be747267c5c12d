package cmdline

import (
	"slices"
	"strings"
)

// Word is a command that manages, with what may follow it.
type Word struct {
	Name, Help string
	Args       []string
}

// Scripts write a shell's completion.
var Scripts = map[string]func(Flags, []Word) string{"bash": bash, "zsh": zsh, "fish": fish}

// choices are the values that a flag takes, where its placeholder is a list of
// such as can be typed as they are: "kill|stop"; else nil.
func (f *Flag) choices() []string {
	choices := strings.FieldsFunc(f.Placeholder, func(c rune) bool { return c == '|' || c == ',' })
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

// file says whether a value is a path, dir whether that of a directory.
func (f *Flag) file() bool { return f.dir() || f.starts("PATH", "FILE", "SRC", "DEV") }
func (f *Flag) dir() bool  { return f.starts("DIR") }

func (f *Flag) starts(placeholders ...string) bool {
	first := strings.FieldsFunc(f.Placeholder, func(c rune) bool { return c < 'A' || c > 'Z' })
	return len(first) > 0 && slices.Contains(placeholders, first[0])
}

// spellings are all the ways to write the flag: "--memory", "-m".
func (f *Flag) spellings() []string {
	all := []string{"--" + f.Name}
	for _, alias := range f.Aliases {
		all = append(all, "--"+alias)
	}
	if f.Short != 0 {
		all = append(all, "-"+string(f.Short))
	}
	return all
}

// quote writes a text in single quotes, as bash and zsh read it.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func wordNames(words []Word) (names []string) {
	for _, word := range words {
		names = append(names, word.Name)
	}
	return names
}

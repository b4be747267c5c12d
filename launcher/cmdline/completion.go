package cmdline

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Word is a command that manages, with what may follow it.
type Word struct {
	Name, Help string
	Args       []string
}

// Shells are those that Completion writes for.
var Shells = []string{"bash", "zsh", "fish"}

// Completion is a shell's script. Errors: another shell.
func Completion(shell string, flags Flags, words []Word) (string, error) {
	switch shell {
	case "bash":
		return bash(flags, words), nil
	case "zsh":
		return zsh(flags, words), nil
	case "fish":
		return fish(flags, words), nil
	}
	return "", fmt.Errorf("completion for %q: want %s", shell, strings.Join(Shells, ", "))
}

// plainWords are alternatives that can be typed as they are: "kill|stop".
var plainWords = regexp.MustCompile(`^[a-z][a-z-]*([|,][a-z][a-z-]*)+$`)

// choices are the values that a flag takes, nil where that is not a list.
func (f *Flag) choices() []string {
	if !plainWords.MatchString(f.Placeholder) {
		return nil
	}
	return strings.FieldsFunc(f.Placeholder, func(c rune) bool { return c == '|' || c == ',' })
}

// file says whether a value is a path, dir whether that of a directory.
func (f *Flag) file() bool { return f.dir() || f.starts("PATH", "FILE", "SRC") }
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

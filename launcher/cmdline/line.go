package cmdline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/unit/problem"
)

const usage = "slimrun [flags] -- COMMAND [ARG...]"

// Line is argv on its way to flags: slimrun's own words, and the payload's
// behind the first "--".
type Line struct {
	Words   []string // "--name" and "--name=value", nothing else
	Payload []string

	flags    Flags
	words    []string // slimrun's own words, as they came
	command  []string // of those, what should stand behind the "--"
	runs     bool     // there is a "--"
	problems []error
}

// Read takes the words apart. What is wrong with them is Problem's to say.
func Read(flags Flags, args []string) *Line {
	l := &Line{flags: flags, words: args}
	if i := slices.Index(args, "--"); i >= 0 {
		l.words, l.Payload, l.runs = args[:i], args[i+1:], true
	}
	rest := l.words
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
		var word string
		word, rest = l.next(rest)
		if word != "" {
			l.Words = append(l.Words, word)
		}
	}
	l.command = rest
	return l
}

// Value is the last one given to a flag on this line.
func (l *Line) Value(name string) (value string, given bool) {
	for _, word := range l.Words {
		if text, ok := strings.CutPrefix(word, "--"+name+"="); ok {
			value, given = text, true
		}
	}
	return value, given
}

// Problem joins all that is wrong with the line.
func (l *Line) Problem() error {
	l.needCommand()
	return errors.Join(l.problems...)
}

// Mangled joins an error for each value that the parser would change: it knows
// UTF-8 alone.
func (l *Line) Mangled() error {
	var problems []error
	for _, word := range l.Words {
		if !utf8.ValidString(word) {
			problems = append(problems, fmt.Errorf("%q: a value that is not UTF-8 cannot be read together with --profile, or while SLIMRUN_VERSION is set", word))
		}
	}
	return errors.Join(problems...)
}

func (l *Line) note(hint, format string, args ...any) {
	l.problems = append(l.problems, problem.Of(fmt.Errorf(format, args...), hint))
}

// next takes one flag, with its value, off the words.
func (l *Line) next(words []string) (string, []string) {
	word, rest := words[0], words[1:]
	name, value, hasValue := strings.Cut(word, "=")
	flag := l.flags.find(name)
	if flag == nil && !strings.HasPrefix(word, "--") && len(word) > 2 {
		// -m100M, or -qv: the first letter decides.
		if flag = l.flags.find(word[:2]); flag != nil && flag.Bool {
			return "--" + flag.Name, append([]string{"-" + word[2:]}, rest...)
		}
		value, hasValue = word[2:], true
	}
	switch {
	case flag == nil:
		return "", l.unknown(name, hasValue, rest)
	case hasValue:
		return "--" + flag.Name + "=" + value, rest
	case flag.Bool:
		return "--" + flag.Name, rest
	case len(rest) == 0 || l.flags.find(rest[0]) != nil:
		l.note("write --"+flag.Name+" "+flag.Placeholder, "--%s: its value is missing", flag.Name)
		return "", rest
	}
	return "--" + flag.Name + "=" + rest[0], rest[1:]
}

// unknown notes a word that is no flag; what seems to be its value goes too.
func (l *Line) unknown(name string, hasValue bool, rest []string) []string {
	l.note(l.flags.nearest(name, "--"), "unknown flag %s", name)
	follows := len(rest) > 1 || l.runs && len(rest) > 0
	if follows && !hasValue && !strings.HasPrefix(rest[0], "-") {
		return rest[1:]
	}
	return rest
}

// needCommand: a run has "--" and a command behind it, and only flags before.
func (l *Line) needCommand() {
	before := l.command
	switch {
	case len(before) > 0 && l.runs:
		l.note(usage, `%q stands before "--": only flags do`, before[0])
	case len(before) > 0:
		flags := l.words[:len(l.words)-len(before)]
		line := slices.Concat([]string{"slimrun"}, flags, []string{"--"}, before)
		l.note(console.QuoteAll(line), `%q: a command stands behind "--"`, before[0])
	case !l.runs:
		l.note(usage, "no command")
	case len(l.Payload) == 0:
		l.note(usage, `no command behind "--"`)
	}
}

package cmdline

import (
	"errors"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/unit/problem"
)

const usage = "slimrun [flags] -- COMMAND [ARG...]"

// Line is argv on its way to flags: slimrun's own words, and the payload's
// behind the first "--".
type Line struct {
	Payload []string

	flags    grammar.Flags
	given    []given
	words    []string // slimrun's own words, as they came
	command  []string // of those, what should stand behind the "--"
	runs     bool     // there is a "--"
	problems []error
	manage   func() grammar.Words // for who means one of them; nil for none
}

// given is a flag on the line, with its value.
type given struct {
	flag     int
	name     string // as it was given: an alias, maybe
	value    string
	assigned bool // there is a value; a switch has mostly none
}

// Split takes the words apart. What is wrong with them is Problem's to say.
func Split(flags grammar.Flags, args []string) *Line {
	l := &Line{flags: flags, words: args}
	if i := slices.Index(args, "--"); i >= 0 {
		l.words, l.Payload, l.runs = args[:i], args[i+1:], true
	}
	rest := l.words
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
		rest = l.next(rest)
	}
	l.command = rest
	return l
}

// Problem joins all that is wrong with the line.
func (l *Line) Problem() error {
	l.needCommand()
	return errors.Join(l.problems...)
}

func (l *Line) note(hint, format string, args ...any) {
	l.problems = append(l.problems, problem.Errorf(hint, format, args...))
}

// next takes one flag, with its value, off the words.
func (l *Line) next(words []string) (rest []string) {
	word, rest := words[0], words[1:]
	name, value, hasValue := strings.Cut(word, "=")
	i := l.flags.Find(name)
	if i < 0 && !strings.HasPrefix(word, "--") && len(word) > 2 {
		// -m100M, or -qv: the first letter decides.
		if i = l.flags.Find(word[:2]); i >= 0 && l.flags[i].Switch() {
			l.give(i, word[:2], "", false)
			return append([]string{"-" + word[2:]}, rest...)
		}
		value, hasValue = word[2:], true
	}
	switch {
	case i < 0:
		return l.unknown(name, hasValue, rest)
	case hasValue:
		l.give(i, name, value, true)
	case l.flags[i].Switch():
		l.give(i, name, "", false)
	case len(rest) == 0 || l.flags.Find(rest[0]) >= 0:
		flag := l.flags[i]
		l.note("write --"+flag.Name+" "+flag.Placeholder, "--%s: its value is missing", flag.Name)
	default:
		l.give(i, name, rest[0], true)
		return rest[1:]
	}
	return rest
}

func (l *Line) give(flag int, name, value string, assigned bool) {
	long, isLong := strings.CutPrefix(name, "--")
	if !isLong {
		long = l.flags[flag].Name
	}
	l.given = append(l.given, given{flag, long, value, assigned})
}

// unknown notes a word that is no flag; what seems to be its value goes too.
func (l *Line) unknown(name string, hasValue bool, rest []string) []string {
	l.note(l.flags.NearestName(name, "--"), "unknown flag %s", name)
	follows := len(rest) > 1 || l.runs && len(rest) > 0
	if follows && !hasValue && !strings.HasPrefix(rest[0], "-") {
		return rest[1:]
	}
	return rest
}

// meant is the line of somebody who types a flag's name or another tool's for a word that
// manages, or misspells one; nil for none.
func (l *Line) meant(typed []string) []string {
	if l.manage == nil || len(typed) < len(l.words) {
		return nil
	}
	if i := l.flags.Find("--" + typed[0]); i >= 0 && l.flags[i].Shows() {
		return slices.Concat([]string{"slimrun"}, typed[1:], []string{"--" + typed[0]})
	}
	if word, ok := l.manage().Meant(typed[0]); ok {
		return slices.Concat([]string{"slimrun", word.Name}, typed[1:])
	}
	return nil
}

// without is the line of somebody who misspells a word that manages, or types "run" before
// the flags.
func (l *Line) without(typed []string) string {
	payload := append([]string{"--"}, l.Payload...)
	switch meant := l.meant(typed); {
	case meant != nil:
		return console.QuoteAll(slices.Concat(meant, payload))
	case len(typed) == len(l.words) && len(typed) > 1 && strings.HasPrefix(typed[1], "-"):
		return console.QuoteAll(slices.Concat([]string{"slimrun"}, typed[1:], payload))
	}
	return usage
}

// needCommand: a run has "--" and a command behind it, and only flags before.
func (l *Line) needCommand() {
	before := l.command
	switch {
	case len(before) > 0 && l.runs:
		l.note(l.without(before), `%q stands before "--": only flags do`, before[0])
	case len(before) > 0:
		flags := l.words[:len(l.words)-len(before)]
		line := console.QuoteAll(slices.Concat([]string{"slimrun"}, flags, []string{"--"}, before))
		if meant := l.meant(before); meant != nil {
			line = console.QuoteAll(meant) + "; " + line + " runs a program of that name"
		}
		l.note(line, `%q: a command stands behind "--"`, before[0])
	case !l.runs:
		l.note(usage, "no command")
	case len(l.Payload) == 0:
		l.note(usage, `no command behind "--"`)
	}
}

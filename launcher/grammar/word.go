package grammar

import (
	"slices"
	"strings"

	"github.com/slimrun/slimrun/unit/problem"
)

// Word is a command that manages: `slimrun WORD`, never behind "--".
type Word struct {
	Name    string
	Others  []string // what Docker or systemctl call it
	Help    string   // one sentence
	Example string   // a line to type, with what it is for behind a "#"
	Flags   Flags
	Args    []Arg
	Payload *[]string  // where the words behind "--" go; nil where there must be none
	MayLack bool       // there need be none
	Run     func() int // after the flags and arguments are set; the exit status
}

// Brief is the beginning of Help that says enough in a list.
func (w *Word) Brief() string {
	if end := strings.IndexAny(w.Help, ",;:"); end >= 0 {
		return w.Help[:end] + "."
	}
	return w.Help
}

// Usage is how the word is typed.
func (w *Word) Usage() string {
	usage := "slimrun " + w.Name
	for i := range w.Args {
		usage += " " + w.Args[i].usage()
	}
	return usage + " [flags]" + w.Behind()
}

// Behind is how what stands behind the flags is typed.
func (w *Word) Behind() string {
	switch {
	case w.Payload == nil:
		return ""
	case w.MayLack:
		return " [-- COMMAND [ARG...]]"
	}
	return " -- COMMAND [ARG...]"
}

func (a *Arg) usage() string {
	usage := "<" + a.Placeholder + ">"
	if a.Repeated {
		usage += " ..."
	}
	if a.Optional {
		usage = "[" + usage + "]"
	}
	return usage
}

// Arg is what stands behind a word's name.
type Arg struct {
	Placeholder string // "RUN", or the values that it takes: "bash|zsh|fish"
	Help        string
	Optional    bool
	Repeated    bool // this one and all that follow
	Ended       bool // of a RUN: one that has ended will do, for a shell to offer
	To          *[]string
}

// Choices are the values that the argument takes, nil for any.
func (a *Arg) Choices() []string { return choices(a.Placeholder) }

// Words are all words.
type Words []Word

// Find finds a word by its name.
func (w Words) Find(name string) (*Word, bool) {
	i := slices.IndexFunc(w, func(word Word) bool { return word.Name == name })
	if i < 0 {
		return nil, false
	}
	return &w[i], true
}

// Meant finds the word that somebody means who types another tool's, or a misspelt one.
func (w Words) Meant(typed string) (*Word, bool) {
	names := make([]string, len(w))
	for i := range w {
		if slices.Contains(w[i].Others, typed) {
			return &w[i], true
		}
		names[i] = w[i].Name
	}
	return w.Find(problem.Nearest(typed, names))
}

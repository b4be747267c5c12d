package grammar

import "slices"

// Word is a command that manages: `slimrun WORD`, never behind "--".
type Word struct {
	Name    string
	Help    string // one sentence
	Example string // a line to type, with what it is for behind a "#"
	Flags   Flags
	Args    []Arg
	Payload *[]string  // where the words behind "--" go; nil where there must be none
	Run     func() int // after the flags and arguments are set; the exit status
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

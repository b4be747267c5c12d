package runs

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/unit/problem"
)

// Find finds the runs that are meant by words of the command line, a run for each.
// The error joins those of all words.
func (r *Reach) Find(ctx context.Context, words []string) ([]Run, error) {
	found, err := r.find(ctx, words)
	near, far := here(found)
	return near, errors.Join(err, far)
}

func (r *Reach) find(ctx context.Context, words []string) ([]Run, error) {
	all, unreached := r.List(ctx)
	return among(all, words, r.ended, unreached)
}

// FindAll is Find among all runs, those too of which there is a record alone.
func (r *Reach) FindAll(ctx context.Context, words []string) ([]Run, error) {
	all, unreached := r.All(ctx)
	return among(all, words, missing, unreached)
}

// nobody is the error of a word by which none of these is called.
type nobody func(word string, names []string) error

// among is choose where some may not be seen: the error that says why is said first, and
// is none by itself.
func among(all []Run, words []string, none nobody, unseen error) (found []Run, err error) {
	if unseen != nil {
		none = unknown
	}
	if found, err = choose(all, words, none); err != nil {
		err = errors.Join(unseen, err)
	}
	return found, err
}

// unknown is the error where not all could be seen.
func unknown(word string, _ []string) error {
	return fmt.Errorf("no run that can be seen is called %q", word)
}

func choose(all []Run, words []string, none nobody) (found []Run, err error) {
	var names []string
	for _, run := range all {
		names = append(names, run.Qualified())
	}
	var problems []error
	for _, word := range words {
		i, err := Choose(word, names)
		switch {
		case errors.Is(err, errNone):
			problems = append(problems, none(word, names))
		case err != nil:
			problems = append(problems, err)
		default:
			found = append(found, all[i])
		}
	}
	return found, errors.Join(problems...)
}

// ended is the error of a word by which no living run is called: an ended one may be.
func (r *Reach) ended(word string, names []string) error {
	r.openRecords()
	var ended []string
	for _, kept := range r.records {
		if !kept.Lives() {
			ended = append(ended, recordsOnly+"/"+kept.Name)
		}
	}
	i, err := Choose(word, ended)
	if err != nil {
		return missing(word, names)
	}
	_, name, _ := strings.Cut(ended[i], "/")
	hint := fmt.Sprintf("`slimrun inspect %[1]s` says how, `slimrun logs %[1]s` what it wrote", name)
	return problem.Errorf(hint, "%s has ended", name)
}

// recordsOnly stands for the manager of a run of which there is a record alone.
const recordsOnly = "ended"

// Qualified is the manager and the name: "embedded/web". It can be typed where two
// managers have a run of one name.
func (r Run) Qualified() string {
	if r.job() != "" {
		return slurms + "/" + r.Name
	}
	if r.Manager == nil {
		return recordsOnly + "/" + r.Name
	}
	return string(r.Manager.Kind) + "/" + r.Name
}

// errNone says that nothing is called so.
var errNone = errors.New("no such run")

// Choose says which of these qualified names is meant by a word: a name, an
// unambiguous beginning of one, or of a generated one's 16 digits. Errors: none;
// several, which are named.
func Choose(word string, qualified []string) (int, error) {
	var exact, near []int
	for i, name := range qualified {
		switch match(word, name) {
		case same:
			exact = append(exact, i)
		case begins:
			near = append(near, i)
		}
	}
	if len(exact) > 0 {
		near = exact
	}
	switch len(near) {
	case 1:
		return near[0], nil
	case 0:
		return -1, errNone
	}
	return -1, ambiguous(word, qualified, near)
}

type likeness int

const (
	other likeness = iota
	begins
	same
)

// generated is the end of a name that slimrun made.
var generated = regexp.MustCompile(`^slimrun-.*-([0-9a-f]{16})$`)

// Short is what is enough to type of a generated name: its digits.
func Short(name string) string {
	if digits := generated.FindStringSubmatch(name); digits != nil {
		return digits[1]
	}
	return name
}

func match(word, qualified string) likeness {
	manager, name, _ := strings.Cut(qualified, "/")
	if kind, rest, ok := strings.Cut(word, "/"); ok {
		if kind != manager {
			return other
		}
		word = rest
	}
	word = strings.TrimSuffix(word, suffix)
	digits := generated.FindStringSubmatch(name)
	switch {
	case word == "":
		return other
	case word == name, digits != nil && word == digits[1]:
		return same
	case strings.HasPrefix(name, word), digits != nil && strings.HasPrefix(digits[1], word):
		return begins
	}
	return other
}

func missing(word string, qualified []string) error {
	err := fmt.Errorf("no run is called %q", word)
	var names []string
	for _, one := range qualified {
		_, name, _ := strings.Cut(one, "/")
		names = append(names, name)
	}
	if near := problem.Nearest(word, names); near != "" {
		return problem.Of(err, "did you mean "+near+"?")
	}
	return problem.Of(err, "`slimrun ps -a` lists those there are")
}

func ambiguous(word string, qualified []string, near []int) error {
	_, first, _ := strings.Cut(qualified[near[0]], "/")
	alike := func(i int) bool { return strings.HasSuffix(qualified[i], "/"+first) }
	hint := "type more of the name"
	if !slices.ContainsFunc(near, func(i int) bool { return !alike(i) }) {
		hint = "name the manager too: " + qualified[near[0]]
	}
	var names []string
	for _, i := range near {
		_, name, _ := strings.Cut(qualified[i], "/")
		if hint != "type more of the name" {
			name = qualified[i]
		}
		names = append(names, name)
	}
	return problem.Errorf(hint, "%q may be %s", word, strings.Join(names, ", "))
}

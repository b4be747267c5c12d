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
	all, unreached := r.List(ctx)
	names := make([]string, len(all))
	for i, run := range all {
		names[i] = run.Qualified()
	}
	var found []Run
	var problems []error
	for _, word := range words {
		i, err := Choose(word, names)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		found = append(found, all[i])
	}
	if len(problems) > 0 {
		problems = append(problems, unreached)
	}
	return found, errors.Join(problems...)
}

// Qualified is the manager and the name: "embedded/web". It can be typed where two
// managers have a run of one name.
func (r Run) Qualified() string { return string(r.Manager.Kind) + "/" + r.Name }

// Choose says which of these qualified names is meant by a word: a name, an
// unambiguous beginning of one, or of a generated one's 16 digits. Errors: none, with
// the nearest; several, which are named.
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
		return -1, missing(word, qualified)
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
	return problem.Of(err, "`slimrun ps` lists those that run")
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

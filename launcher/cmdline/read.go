package cmdline

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/unit/problem"
)

// Reader reads slimrun's own command line.
type Reader struct {
	Words func() grammar.Words // to be shown by --help
	Out   io.Writer            // where --help and --version go
}

// Run reads the line of a run. Shown says that help or the version was asked for
// and shown. The spec is what could be read also where there is an error; what a
// profile is to blame for names its file and line.
func (r Reader) Run(args []string) (asked spec.Spec, shown bool, err error) {
	asked, profile, shown, err := r.read(args, (*Line).ownProfile)
	return asked, shown, profile.Blame(err, func(other *Profile) error {
		quiet := Reader{Out: io.Discard}
		_, _, _, err := quiet.read(args, func(*Line) (*Profile, error) { return other, nil })
		return err
	})
}

// loader finds the profile of a line, nil for none.
type loader func(*Line) (*Profile, error)

// read is the way from argv to a spec; load finds the profile.
func (r Reader) read(args []string, load loader) (asked spec.Spec, profile *Profile, shown bool, err error) {
	draft := spec.New()
	environment := os.Environ()
	line := Split(draft.Flags(), args)
	line.manage = r.Words
	v, ok := line.quick(environment)
	var problems []error
	if !ok {
		profile, err = load(line)
		problems = append(problems, err)
		if v, shown, err = r.fully(line, profile); shown {
			return asked, nil, true, nil
		}
		problems = append(problems, err)
	}
	problems = append(problems, line.Problem(), unknownVariables(line.flags, environment))
	for i := range line.flags {
		flag := &line.flags[i]
		if flag.Typed != nil {
			*flag.Typed = line.last(i) >= 0
		}
		if len(v[i]) > 0 {
			problems = append(problems, flag.Set(line.nameOf(i, environment, profile), v[i]))
		}
	}
	asked, err = draft.Finish(line.Payload)
	return asked, profile, false, errors.Join(append(problems, err)...)
}

// fully has kong read the line.
func (r Reader) fully(line *Line, profile *Profile) (v values, shown bool, err error) {
	p := newParser(model{
		usage: usage, description: r.description(), flags: line.flags, variables: true,
	}, r.Out)
	v, err = p.fully(line, profile)
	return v, *p.showed, err
}

func (r Reader) description() string {
	var text strings.Builder
	text.WriteString("Runs a command under limits that systemd holds and the kernel has been seen to\nenforce.\n")
	if r.Words != nil {
		text.WriteString("\nA word manages, and `slimrun WORD --help` says more:\n\n" +
			strings.Join(console.WordList(r.Words()), "\n") + "\n")
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// Word reads what stands behind a word's name, and sets its flags and arguments.
func (r Reader) Word(word *grammar.Word, args []string) (shown bool, err error) {
	if i := slices.Index(args, "--"); i >= 0 && word.Payload != nil {
		*word.Payload, args = args[i+1:], args[:i]
	}
	help := grammar.Flag{Name: "help", Short: "h", Value: grammar.Help(), Help: "Show this help."}
	flags := append(slices.Clone(word.Flags), help)
	p := newParser(model{
		usage: word.Usage(), description: word.Help + "\n\n  " + word.Example, flags: flags, args: word.Args,
	}, r.Out)
	_, err = p.Parse(args)
	switch {
	case *p.showed:
		return true, nil
	case err != nil:
		return false, problem.Of(err, remedy(word, args, err))
	}
	p.setArgs()
	var problems []error
	for i, v := range p.values() {
		problems = append(problems, flags[i].Set(flags[i].Name, v))
	}
	return false, errors.Join(problems...)
}

// remedy is the line that may have been meant: docker exec, for one, takes a command without
// the "--".
func remedy(word *grammar.Word, args []string, err error) string {
	typed := append([]string{"slimrun", word.Name}, args...)
	if excess, ok := strings.CutPrefix(err.Error(), "unexpected argument "); ok && word.Payload != nil {
		first := 2 + len(word.Args)
		if i := slices.Index(typed[first:], excess); i >= 0 {
			return console.QuoteAll(slices.Insert(typed, first+i, "--"))
		}
	}
	typed[0] = "--"
	return fmt.Sprintf("slimrun %s --help; slimrun %s runs a program of that name", word.Name, console.QuoteAll(typed))
}

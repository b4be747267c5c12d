package cmdline

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/version"
)

// model is what kong is to know, in rows.
type model struct {
	usage       string // how it is typed
	description string
	flags       grammar.Flags
	variables   bool // they set flags too
	args        []grammar.Arg
}

// parser is kong over a struct that is made from rows.
type parser struct {
	*kong.Kong
	model
	struc  reflect.Value
	showed *bool // help or the version
}

// helpFlag shows help, as kong's own would, whose words are not ours.
type helpFlag bool

// BeforeReset is kong's hook for flags that come before all others.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	ctx.Exit(0)
	return nil
}

// versionFlag is kong's, but for the text: that is made when it is asked for.
type versionFlag bool

// BeforeReset is kong's hook for flags that come before all others.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	fmt.Fprintln(app.Stdout, "slimrun", version.String())
	app.Exit(0)
	return nil
}

// newParser has kong build its model; out is where help and version go.
func newParser(m model, out io.Writer) parser {
	p := parser{model: m, struc: reflect.New(m.struc()), showed: new(bool)}
	p.Kong = kong.Must(p.struc.Interface(), kong.Name("slimrun"), kong.Description(m.description),
		kong.Writers(out, io.Discard),
		kong.NoDefaultHelp(), kong.Exit(func(int) { *p.showed = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoAppDescFormat: true, NoAppSummary: true}),
		kong.Help(m.help))
	return p
}

// help is kong's, below how the line is typed: of what stands behind "--" kong knows nothing.
func (m model) help(options kong.HelpOptions, ctx *kong.Context) error {
	fmt.Fprintln(ctx.Stdout, "Usage: "+m.usage)
	return kong.DefaultHelpPrinter(options, ctx)
}

// struc has a field for each flag, then one for each argument.
func (m model) struc() reflect.Type {
	var fields []reflect.StructField
	add := func(kind reflect.Type, tag string) {
		fields = append(fields,
			reflect.StructField{Name: "F" + strconv.Itoa(len(fields)), Type: kind, Tag: reflect.StructTag(tag)})
	}
	for i := range m.flags {
		tag := flagTag(&m.flags[i])
		if m.variables && m.flags[i].HasVariables() {
			tag += " " + tagOf("env", strings.Join(m.flags[i].Variables(), ","))
		}
		add(flagType(m.flags[i].Value.Kind), tag)
	}
	for i := range m.args {
		add(argType(&m.args[i]), argTag(&m.args[i]))
	}
	return reflect.StructOf(fields)
}

func flagType(kind grammar.Kind) reflect.Type {
	switch kind {
	case grammar.OnOff:
		return reflect.TypeFor[*bool]()
	case grammar.Repeated:
		return reflect.TypeFor[[]string]()
	case grammar.ShowHelp:
		return reflect.TypeFor[helpFlag]()
	case grammar.ShowVersion:
		return reflect.TypeFor[versionFlag]()
	}
	return reflect.TypeFor[*string]()
}

func flagTag(flag *grammar.Flag) string {
	tag := tagOf("name", flag.Name, "aliases", strings.Join(flag.Aliases, ","), "short", flag.Short,
		"group", flag.Group, "placeholder", flag.Placeholder, "help", flag.Help)
	if flag.Repeats() {
		tag += ` sep:"none"`
	}
	return tag
}

func argType(arg *grammar.Arg) reflect.Type {
	if arg.Repeated {
		return reflect.TypeFor[[]string]()
	}
	return reflect.TypeFor[string]()
}

func argTag(arg *grammar.Arg) string {
	tag := `arg:"" ` + tagOf("name", arg.Placeholder, "help", arg.Help, "enum", strings.Join(arg.Choices(), ","))
	if arg.Optional {
		tag += ` optional:""`
	}
	return tag
}

// tagOf writes keys and values, but for empty ones.
func tagOf(pairs ...string) string {
	var tag []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			tag = append(tag, pairs[i]+":"+strconv.Quote(pairs[i+1]))
		}
	}
	return strings.Join(tag, " ")
}

// values are what the parser has read.
func (p parser) values() values {
	v := make(values, len(p.flags))
	for i := range v {
		switch value := p.struc.Elem().Field(i).Interface().(type) {
		case []string:
			v[i] = value
		case *string:
			if value != nil {
				v[i] = []string{*value}
			}
		case *bool:
			if value != nil {
				v[i] = []string{strconv.FormatBool(*value)}
			}
		}
	}
	return v
}

// setArgs hands over what a word's arguments were given.
func (p parser) setArgs() {
	for i, arg := range p.args {
		switch value := p.struc.Elem().Field(len(p.flags) + i).Interface().(type) {
		case []string:
			*arg.To = value
		case string:
			if value != "" || !arg.Optional {
				*arg.To = []string{value}
			}
		}
	}
}

// resolve gives kong the profile's values: flags and the environment beat it.
func resolve(profile *Profile) kong.Option {
	return kong.Resolvers(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if slices.ContainsFunc(flag.Envs, func(name string) bool { _, set := os.LookupEnv(name); return set }) {
			return nil, nil
		}
		return profile.Value(flag.Name), nil
	}))
}

// fully is kong's reading of a line, with the profile's settings. The error joins
// every problem; kong would stop at the first, so it gets only words that are
// known to be flags.
func (p parser) fully(l *Line, settings *Profile) (values, error) {
	if settings != nil {
		if err := resolve(settings).Apply(p.Kong); err != nil {
			return nil, err
		}
	}
	words := l.kongs()
	_, err := p.Parse(words)
	if err != nil && !*p.showed {
		err = p.each(words)
	}
	return p.values(), errors.Join(err, mangled(words))
}

// kongs are the line's flags in the one spelling that cannot be misread.
func (l *Line) kongs() (words []string) {
	for _, g := range l.given {
		word := "--" + l.flags[g.flag].Name
		if g.assigned {
			word += "=" + g.value
		}
		words = append(words, word)
	}
	return words
}

// each reads the words one by one where kong stopped at a bad value, and the
// good ones together again. The error joins the problems.
func (p parser) each(words []string) error {
	if _, err := p.Parse(nil); err != nil {
		return err // a variable's, SLIMRUN_...
	}
	var good []string
	var problems []error
	for _, word := range words {
		if _, err := p.Parse([]string{word}); err != nil {
			problems = append(problems, err)
			continue
		}
		good = append(good, word)
	}
	_, err := p.Parse(good)
	return errors.Join(append(problems, err)...)
}

// mangled joins an error for each value that kong would change: it knows UTF-8
// alone.
func mangled(words []string) error {
	var problems []error
	for _, word := range words {
		if !utf8.ValidString(word) {
			problems = append(problems,
				fmt.Errorf("%q: a value that is not UTF-8 cannot be read together with --profile", word))
		}
	}
	return errors.Join(problems...)
}

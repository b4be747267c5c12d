package cmdline

import (
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// quick sets a struct's fields by the flags that they are.
type quick struct {
	fields reflect.Value
	flags  Flags // one for each field
}

// Quick reads an ordinary command line into a struct that is tagged for the
// parser, without the parser: its model of the flags costs more than all the
// rest of the reading. It leaves to the parser whatever is out of the ordinary:
// a problem, --help, --version, --profile, a value that the parser refuses or
// changes. Then it returns nil, and the struct is empty.
func Quick(target any, args []string) *Line {
	q := quick{fields: reflect.ValueOf(target).Elem()}
	q.flags = flagsOf(q.fields.Type())
	line := Read(append(q.flags, Flag{Name: "help", Short: 'h', Bool: true}), args)
	if line.Problem() == nil && q.variables(os.Environ()) && q.words(line.Words) {
		return line
	}
	q.fields.SetZero()
	return nil
}

// flagsOf describes a struct's flags as far as Read asks.
func flagsOf(struc reflect.Type) Flags {
	flags := make(Flags, struc.NumField())
	for i := range flags {
		field := struc.Field(i)
		flags[i] = Flag{
			Name: field.Tag.Get("name"), Bool: field.Type.Kind() == reflect.Bool || field.Type == reflect.TypeFor[*bool](),
			Aliases: strings.FieldsFunc(field.Tag.Get("aliases"), func(c rune) bool { return c == ',' }),
		}
		if flags[i].Name == "" {
			flags[i].Name = dashed(field.Name)
		}
		if short := field.Tag.Get("short"); short != "" {
			flags[i].Short = rune(short[0])
		}
	}
	return flags
}

// dashed names a field's flag: "CPUWeight" is cpu-weight.
func dashed(field string) string {
	var name []byte
	lower := func(i int) bool { return i < len(field) && field[i] >= 'a' }
	for i := range len(field) {
		if i > 0 && !lower(i) && (lower(i-1) || lower(i+1)) {
			name = append(name, '-')
		}
		name = append(name, field[i]|0x20)
	}
	return string(name)
}

// variables takes what the environment says.
func (q quick) variables(environment []string) bool {
	for _, assignment := range environment {
		name, value, _ := strings.Cut(assignment, "=")
		if !strings.HasPrefix(name, "SLIMRUN_") {
			continue
		}
		i := slices.IndexFunc(q.flags, func(flag Flag) bool {
			return name[len("SLIMRUN_"):] == strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		})
		if i >= 0 && !q.set(i, value) {
			return false
		}
	}
	return true
}

// words takes the line's: a flag beats its variable.
func (q quick) words(words []string) bool {
	given := make([]bool, len(q.flags))
	for _, word := range words {
		name, value, assigned := strings.Cut(word[2:], "=")
		i := slices.IndexFunc(q.flags, func(flag Flag) bool { return flag.Name == name })
		if i < 0 { // --help
			return false
		}
		if !given[i] {
			q.fields.Field(i).SetZero()
		}
		given[i] = true
		if !assigned {
			value = "true"
		}
		if !q.set(i, value) {
			return false
		}
	}
	return true
}

// set does with a value what the parser would; false leaves it to the parser.
func (q quick) set(i int, value string) (ok bool) {
	if q.flags[i].Name == "profile" {
		return false
	}
	switch field := q.fields.Field(i).Addr().Interface().(type) {
	case *string:
		*field, ok = value, true
	case **string:
		*field, ok = &value, true
	case *bool:
		*field, ok = truth(value)
	case **bool:
		*field = new(bool)
		**field, ok = truth(value)
	case *[]string:
		parts := split(value, q.fields.Type().Field(i).Tag.Get("sep"))
		*field, ok = append(*field, parts...), parts != nil
	case *[]int:
		n, err := strconv.ParseInt(value, 0, 0)
		*field, ok = append(*field, int(n)), err == nil
	}
	return ok
}

func truth(value string) (truth, ok bool) {
	switch value {
	case "true", "1", "yes":
		return true, true
	case "false", "0", "no":
		return false, true
	}
	return false, false
}

// split takes a list apart; nil for an empty one, and for escapes.
func split(value, sep string) []string {
	switch {
	case sep == "none":
		return []string{value}
	case value == "" || strings.Contains(value, `\`):
		return nil
	}
	return strings.Split(strings.TrimSuffix(value, ","), ",")
}

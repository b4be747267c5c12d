package grammar

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is how a flag takes values.
type Kind int

// Kinds of flags.
const (
	OnOff        Kind = iota // no value; "=false" takes it back
	Once                     // one value, the last one
	Repeated                 // a value each time
	NamesProfile             // Once, and it names the profile that more flags come from
	ShowHelp                 // no value: help is shown, and nothing else happens
	ShowVersion              // likewise the version
)

// Value is what a flag takes, and where that goes.
type Value struct {
	Kind   Kind
	set    func(name string, values []string) error // it gets all of them, at least one
	each   bool                                     // it gets one at a time, and its errors name neither flag nor value
	commas bool                                     // a value may be several, with commas between
}

// Set hands over what a flag was given under one of its names. The error joins
// those of all values.
func (f *Flag) Set(name string, values []string) error {
	switch {
	case len(values) == 0 || f.Value.set == nil:
		return nil
	case f.Value.Kind != Repeated:
		values = values[len(values)-1:]
	}
	if f.Value.commas {
		values = apart(values)
	}
	if !f.Value.each {
		return f.Value.set(name, values)
	}
	var problems []error
	for _, value := range values {
		if err := f.Value.set(name, []string{value}); err != nil {
			problems = append(problems, fmt.Errorf("--%s %q: %w", name, value, err))
		}
	}
	return errors.Join(problems...)
}

func apart(values []string) (parts []string) {
	for _, value := range values {
		parts = append(parts, strings.Split(strings.TrimSuffix(value, ","), ",")...)
	}
	return parts
}

// Switch is a flag that is on or off.
func Switch(to *bool) Value {
	return Value{Kind: OnOff, each: true, set: func(_ string, values []string) (err error) {
		*to, err = Truth(values[0])
		return err
	}}
}

// Tristate is a flag that is on, off, or not given: nil.
func Tristate(to **bool) Value {
	return Value{Kind: OnOff, each: true, set: func(_ string, values []string) error {
		truth, err := Truth(values[0])
		*to = &truth
		return err
	}}
}

// Truth reads what a switch takes.
func Truth(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "1", "yes":
		return true, nil
	case "false", "0", "no":
		return false, nil
	}
	return false, errors.New("want true or false")
}

// Text is a flag with any value.
func Text(to *string) Value {
	return Read(func(text string) error { *to = text; return nil })
}

// Read is a flag whose value is read; the error says what was expected.
func Read(read func(text string) error) Value {
	return Value{Kind: Once, each: true, set: func(_ string, values []string) error { return read(values[0]) }}
}

// Texts is a repeatable flag with any values.
func Texts(to *[]string) Value {
	return All(func(_ string, values []string) error { *to = values; return nil })
}

// Each is a repeatable flag whose values are read one by one; the error says
// what was expected.
func Each(read func(text string) error) Value {
	return Value{Kind: Repeated, each: true, set: func(_ string, values []string) error { return read(values[0]) }}
}

// List is Each, where several values may stand in one with commas between.
func List(read func(text string) error) Value {
	value := Each(read)
	value.commas = true
	return value
}

// All is a repeatable flag whose values are read together; set gets the name under
// which the flag was given too, and its error names that and the value.
func All(set func(name string, values []string) error) Value {
	return Value{Kind: Repeated, set: set}
}

// Last is All for a flag of which the last value counts.
func Last(set func(name, value string) error) Value {
	return Value{Kind: Once, set: func(name string, values []string) error { return set(name, values[0]) }}
}

// Profile is the flag that names a profile.
func Profile() Value { return Value{Kind: NamesProfile} }

// Help is the flag --help, Version the flag --version.
func Help() Value    { return Value{Kind: ShowHelp} }
func Version() Value { return Value{Kind: ShowVersion} }

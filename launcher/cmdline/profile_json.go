package cmdline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/unit/problem"
)

// profileReader reads a profile's JSON token by token: encoding/json tells
// lines for mistakes of syntax only, and keeps the last of equal keys.
type profileReader struct {
	flags   grammar.Flags
	file    string
	content []byte
	tokens  *json.Decoder
	profile *Profile
	errs    []error
}

func parseProfile(flags grammar.Flags, file string, content []byte) (*Profile, error) {
	r := &profileReader{
		flags: flags, file: file, content: content, tokens: json.NewDecoder(bytes.NewReader(content)),
		profile: &Profile{File: file},
	}
	r.tokens.UseNumber()
	if err := r.object(); err != nil {
		r.errs = append(r.errs, r.syntax(err))
	}
	return r.profile, errors.Join(r.errs...)
}

// object reads {"flag": value, ...} and nothing behind it.
func (r *profileReader) object() error {
	if start, err := r.tokens.Token(); err != nil || start != json.Delim('{') {
		return errors.Join(err, wrongStart(err))
	}
	for r.tokens.More() {
		if err := r.pair(); err != nil {
			return err
		}
	}
	if _, err := r.tokens.Token(); err != nil {
		return err
	}
	if _, err := r.tokens.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind the object")
	}
	return nil
}

func wrongStart(err error) error {
	if err != nil {
		return nil
	}
	return errors.New(`want an object, such as {"memory": "100M"}`)
}

// pair reads one setting. What is wrong with it is noted; the error is of the
// JSON itself.
func (r *profileReader) pair() error {
	key, err := r.tokens.Token()
	if err != nil {
		return err
	}
	line := r.line(r.tokens.InputOffset())
	var value any
	if err := r.tokens.Decode(&value); err != nil {
		return err
	}
	name, _ := key.(string)
	setting, err := r.setting(name, value)
	if err != nil {
		r.note(line, err)
		return nil
	}
	setting.Line = line
	r.profile.Settings = append(r.profile.Settings, setting)
	return nil
}

func (r *profileReader) note(line int, err error) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %w", r.file, line, err))
}

func (r *profileReader) line(offset int64) int {
	return 1 + bytes.Count(r.content[:min(offset, int64(len(r.content)))], []byte("\n"))
}

// syntax puts the line to an error of the JSON.
func (r *profileReader) syntax(err error) error {
	offset := r.tokens.InputOffset()
	var known *json.SyntaxError
	if errors.As(err, &known) {
		offset = known.Offset
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		offset, err = int64(len(r.content)), errors.New("the object has no end")
	}
	return problem.Of(fmt.Errorf("%s:%d: %w", r.file, r.line(offset), err),
		`a profile is JSON: {"memory": "100M", "env": ["A=1", "B=2"], "summary": true}`)
}

// setting checks a pair against the flags.
func (r *profileReader) setting(name string, value any) (Setting, error) {
	i := r.flags.Find("--" + name)
	if i < 0 {
		return Setting{}, problem.Errorf(r.flags.NearestName(name, ""), "unknown flag %q", name)
	}
	flag := &r.flags[i]
	switch {
	case flag.OnItsLine():
		return Setting{}, fmt.Errorf("%q is for the command line, not for a profile", name)
	case r.profile.Value(flag.Name) != nil:
		return Setting{}, fmt.Errorf("%q is set twice", name)
	}
	text, err := settingText(flag, value)
	if err != nil {
		return Setting{}, fmt.Errorf("%q: %w", name, err)
	}
	return Setting{Flag: flag.Name, As: name, Value: text}, nil
}

// settingText is a setting's value as its flag would get it.
func settingText(flag *grammar.Flag, value any) (any, error) {
	switch value := value.(type) {
	case bool:
		if flag.Switch() {
			return fmt.Sprint(value), nil
		}
	case string, json.Number:
		if flag.Repeats() {
			return []any{fmt.Sprint(value)}, nil
		}
		if !flag.Switch() {
			return fmt.Sprint(value), nil
		}
	case []any:
		if texts, ok := settingTexts(value); ok && flag.Repeats() {
			return texts, nil
		}
	}
	return nil, fmt.Errorf("want %s, not %s", wanted(flag), describeJSON(value))
}

// settingTexts are a list's values as texts; false where one is no text or
// number.
func settingTexts(list []any) (texts []any, ok bool) {
	for _, value := range list {
		switch value.(type) {
		case string, json.Number:
			texts = append(texts, fmt.Sprint(value))
		default:
			return nil, false
		}
	}
	return texts, true
}

func wanted(flag *grammar.Flag) string {
	switch {
	case flag.Switch():
		return "true or false"
	case flag.Repeats():
		return `a list such as ["` + flag.Placeholder + `"]`
	}
	return `"` + flag.Placeholder + `"`
}

func describeJSON(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

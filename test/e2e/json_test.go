package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// json FILE PATH VALUE asserts a value in a JSON file, or in stdout or stderr. PATH
// is names and indexes with dots between them. VALUE is the text of the value as
// JSON writes it (strings without quotes), a /regexp/, or a bound such as >=100.
func jsonValue(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH VALUE")
	}
	text := []byte(ts.ReadFile(args[0]))
	ts.Check(conforms(text))
	value, err := lookup(text, args[1])
	ts.Check(err)
	ok, err := matches(value, args[2])
	ts.Check(err)
	if ok == neg {
		ts.Fatalf("%s is %s, wanted %s%s", args[1], value, map[bool]string{true: "not "}[neg], args[2])
	}
}

// lookup returns the value as text. Numbers stay as they are written: a float64
// would round the limits of a big machine.
func lookup(data []byte, path string) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", fmt.Errorf("not JSON: %w: %s", err, data)
	}
	for name := range strings.SplitSeq(path, ".") {
		next, ok := child(value, name)
		if !ok {
			return "", fmt.Errorf("no %q on the way to %s", name, path)
		}
		value = next
	}
	if s, ok := value.(string); ok {
		return s, nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}

func child(value any, name string) (any, bool) {
	switch value := value.(type) {
	case map[string]any:
		next, ok := value[name]
		return next, ok
	case []any:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(value) {
			return nil, false
		}
		return value[i], true
	}
	return nil, false
}

var bound = regexp.MustCompile(`^(>=|<=|>|<)(-?[0-9.]+)$`)

func matches(value, wanted string) (bool, error) {
	if m := bound.FindStringSubmatch(wanted); m != nil {
		return compare(value, m[1], m[2])
	}
	if len(wanted) > 1 && strings.HasPrefix(wanted, "/") && strings.HasSuffix(wanted, "/") {
		return regexp.MatchString(wanted[1:len(wanted)-1], value)
	}
	return value == wanted, nil
}

func compare(value, operator, wanted string) (bool, error) {
	a, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return false, fmt.Errorf("%s is not a number", value)
	}
	b, err := strconv.ParseFloat(wanted, 64)
	return map[string]bool{">=": a >= b, "<=": a <= b, ">": a > b, "<": a < b}[operator], err
}

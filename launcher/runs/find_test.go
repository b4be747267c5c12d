package runs

import (
	"errors"
	"strings"
	"testing"

	"github.com/slimrun/slimrun/unit/problem"
)

// RUN is a name, an unambiguous beginning, or one of a generated name's digits.
func TestChoose(t *testing.T) {
	names := []string{
		"system/web", "system/webshop", "system/slimrun-sleep-0123456789abcdef", "embedded/slimrun-sleep-01fe000000000000",
		"system/db", "embedded/db", "system/slimrun-x-web0000000000000",
	}
	for word, want := range map[string]int{
		"web": 0, "web.scope": 0, "webs": 1, "webshop": 1, "0123": 2, "slimrun-sleep-0123456789abcdef": 2, "0123456789abcdef": 2,
		"01f": 3, "embedded/slimrun": 3, "embedded/db": 5, "system/db": 4,
	} {
		if got, err := Choose(word, names); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", word, got, err, want)
		}
	}
	for word, want := range map[string][2]string{
		"we":        {`"we" may be web, webshop`, "more of the name"},
		"01":        {`"01" may be slimrun-sleep-0123456789abcdef, slimrun-sleep-01fe000000000000`, "more of the name"},
		"db":        {`"db" may be system/db, embedded/db`, "system/db"},
		"wbe":       {`no run is called "wbe"`, "did you mean web?"},
		"xylophone": {`no run is called "xylophone"`, "slimrun ps"},
		"":          {`no run is called ""`, "slimrun ps"},
		"123":       {`no run is called "123"`, "slimrun ps"},
		"user/web":  {`no run is called "user/web"`, ""},
		"/":         {`no run is called "/"`, ""},
	} {
		_, err := Choose(word, names)
		if errors.Is(err, errNone) {
			err = missing(word, names)
		}
		if err == nil || err.Error() != want[0] || !strings.Contains(problem.Remedy(err), want[1]) {
			t.Errorf("%q: %v, hint %q; want %q", word, err, problem.Remedy(err), want)
		}
	}
}

// Row B2: where a manager does not answer nobody knows that no run is called so. Of one
// that is found it is no matter.
func TestAmong(t *testing.T) {
	silent := errors.New("it does not answer")
	all := []Run{{Name: "web"}}
	_, err := among(all, []string{"web", "db"}, missing, silent)
	if want := silent.Error() + "\nno run that can be seen is called \"db\""; err == nil || err.Error() != want {
		t.Errorf("B2: %v, want %s", err, want)
	}
	if found, err := among(all, []string{"web"}, missing, silent); err != nil || len(found) != 1 {
		t.Errorf("B2: %v, %v, want web alone", found, err)
	}
	if _, err := among(all, []string{"db"}, missing, nil); err == nil || err.Error() != `no run is called "db"` {
		t.Errorf("%v, want none", err)
	}
}

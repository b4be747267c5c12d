package console

import (
	"bytes"
	"testing"
	"time"

	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/unit/cgroup"
)

func TestCourse(t *testing.T) {
	var s sample.Series
	for i, m := range []uint64{1, 2, 4, 8, 8, 8, 0, 0} {
		s.Add(sample.Point{At: time.Duration(i+1) * time.Second, Reading: cgroup.Reading{WorkingSet: m << 20}})
	}
	for width, want := range map[int]string{8: "▁▂▄███▁▁ 8M", 4: "▂██▁ 8M", 16: "▁▁▁▂▂▄▄████████▁ 8M"} {
		if got := courseOf(s, width); len([]rune(got)) != len([]rune(want)) || width <= 8 && got != want {
			t.Errorf("%d wide: %q, want %q", width, got, want)
		}
	}
	if got := courseOf(s[7:], 3); got != "▁▁▁ 0" {
		t.Errorf("of nothing: %q", got)
	}
	if got := (Console{Err: &bytes.Buffer{}}).sparkline(s); got != "" {
		t.Errorf("in a pipe: %q", got)
	}
}

func TestIsUTF8(t *testing.T) {
	for name, c := range map[string]struct {
		set  map[string]string
		want bool
	}{
		"none":         {nil, false},
		"by language":  {map[string]string{"LANG": "de_DE.UTF-8"}, true},
		"lower case":   {map[string]string{"LANG": "C.utf8"}, true},
		"overruled":    {map[string]string{"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, false},
		"for letters":  {map[string]string{"LANG": "C", "LC_CTYPE": "C.UTF-8"}, true},
		"another kind": {map[string]string{"LANG": "de_DE.ISO-8859-1"}, false},
	} {
		if got := isUTF8(func(name string) string { return c.set[name] }); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

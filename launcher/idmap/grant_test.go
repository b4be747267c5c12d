package idmap

import "testing"

// Row B1: nobody is advised to take somebody else's ids.
func TestGrant(t *testing.T) {
	for content, want := range map[string]string{
		"":                       "100000-165535",
		"# a comment\nbad:x:y\n": "100000-165535",
		"alice:100000:65536\n":   "165536-231071",
		"4711:165536:65536\nalice:100000:65536\n": "231072-296607",
		"alice:100000:65536\ncarol:165536:10":     "165546-231081",
		"alice:165536:65536\n":                    "100000-165535",
		"alice:150000:10\ncarol:100000:300000\n":  "400000-465535",
	} {
		if got := Grant("subuid", content, "bob"); got != "as root: usermod --add-subuids "+want+" bob" {
			t.Errorf("B1 %q: %q, want %s", content, got, want)
		}
	}
}

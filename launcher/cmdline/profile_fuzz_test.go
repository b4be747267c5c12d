package cmdline

import (
	"encoding/json"
	"testing"
)

// A profile is an error, or all of what it says: each pair is a flag, once.
func FuzzProfile(f *testing.F) {
	for _, seed := range []string{
		`{"memory": "1M", "cpus": 1.5, "cpuset-cpus": "0", "env": ["A=1"], "pass-fd": [3], "quiet": true}`,
		"{\n\"memroy\": \"1M\"}", `{"quiet": "yes"}`, `{"env": {"A": 1}}`, `{"profile": "p"}`, `{"memory": "1M"} {}`,
		`{"cpuset": "0", "cpuset-cpus": "1"}`, `{"env": [null]}`, `{`, `[]`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		profile, err := parseProfile(testFlags, "p", content)
		if err != nil {
			return
		}
		var all map[string]any
		if err := json.Unmarshal(content, &all); err != nil {
			t.Fatalf("%q is taken, and is no JSON: %v", content, err)
		}
		if len(profile.Settings) != len(all) {
			t.Fatalf("%q has %d settings, taken are %+v", content, len(all), profile.Settings)
		}
		for _, setting := range profile.Settings {
			if _, said := all[setting.As]; !said || testFlags.Find("--"+setting.Flag) < 0 ||
				profile.Value(setting.Flag) == nil {
				t.Fatalf("%q gave %+v", content, setting)
			}
		}
	})
}

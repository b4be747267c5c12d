package cmdline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/launcher/grammar"
)

var testFlags = grammar.Flags{
	{Name: "memory", Short: "m", Placeholder: "SIZE", Group: "Limits", Value: grammar.Text(&ignored)},
	{Name: "cpuset", Aliases: []string{"cpuset-cpus"}, Placeholder: "LIST", Value: grammar.Text(&ignored)},
	{Name: "cpus", Placeholder: "N", Value: grammar.Text(&ignored)},
	{Name: "env", Placeholder: "NAME=VALUE", Value: grammar.Texts(new([]string))},
	{Name: "pass-fd", Placeholder: "N", Value: grammar.Texts(new([]string))},
	{Name: "quiet", Short: "q", Value: grammar.Switch(new(bool))},
	{Name: "profile", Placeholder: "PROFILE", Value: grammar.Profile()},
}

// writeProfile makes a directory with one profile, "p".
func writeProfile(t *testing.T, content string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "p"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestProfile(t *testing.T) {
	dir := writeProfile(t, "{\n\"memory\": \"1M\",\n\"cpus\": 1.5, \"cpuset-cpus\": \"0\",\n\"env\": [\"A=1\"], \"pass-fd\": [3],\n\"quiet\": true}\n")
	profile, err := Split(testFlags, []string{"--profile", "p", "--", "x"}).profile([]string{t.TempDir(), dir})
	if err != nil {
		t.Fatal(err)
	}
	for flag, want := range map[string]string{
		"memory": "1M", "cpus": "1.5", "cpuset": "0", "env": "[A=1]", "pass-fd": "[3]", "quiet": "true",
	} {
		if got := fmt.Sprint(profile.Value(flag)); got != want {
			t.Errorf("%s is %q, want %q", flag, got, want)
		}
	}
	if got := profile.Value("nothing"); got != nil {
		t.Errorf("a flag that is not set is %v, want nil", got)
	}
}

// Every mistake in a profile names its line.
func TestProfileMistakes(t *testing.T) {
	for content, want := range map[string]string{
		"{\n\"memroy\": \"1M\"}":                       `:2: unknown flag "memroy"`,
		"{\"memory\": true}":                           `:1: "memory": want "SIZE", not true`,
		"{\n\n\"quiet\": \"yes\"}":                     `:3: "quiet": want true or false, not "yes"`,
		"{\"env\": {\"A\": 1}}":                        `:1: "env": want a list such as ["NAME=VALUE"]`,
		"{\"env\": [null]}":                            `:1: "env": want a list`,
		"{\"memory\": [\"1M\"]}":                       `:1: "memory": want "SIZE"`,
		"{\"memory\": null}":                           `:1: "memory": want "SIZE", not null`,
		"{\"cpuset\": \"0\",\n\"cpuset-cpus\": \"1\"}": `:2: "cpuset-cpus" is set twice`,
		"{\"profile\": \"q\"}":                         `:1: "profile" is for the command line`,
		"{\"memory\": \"1M\"\n\"quiet\": true}":        `:2: invalid character`,
		"{\"memory\": \"1M\",\n":                       `:2: the object has no end`,
		"":                                             `:1: the object has no end`,
		"[]":                                           `:1: want an object`,
		"{}\n{}":                                       `:2: there is more behind the object`,
	} {
		dir := writeProfile(t, content)
		_, err := Split(testFlags, []string{"--profile=p", "--", "x"}).profile([]string{dir})
		if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "p")+want) {
			t.Errorf("%q: error %v, want %q", content, err, want)
		}
	}
}

func TestProfileNames(t *testing.T) {
	dir := writeProfile(t, "{}")
	os.Mkdir(filepath.Join(dir, "sub"), 0o755)
	for name, want := range map[string]string{
		"": "want the name", "../p": "want the name", "sub/p": "want the name", "..": "want the name", "a..b": "want the name",
		"q": "there is none in " + dir, "sub": "want a file",
	} {
		_, err := Split(testFlags, []string{"--profile=" + name, "--", "x"}).profile([]string{dir})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", name, err, want)
		}
	}
	t.Setenv("SLIMRUN_PROFILE", "p")
	if profile, err := Split(testFlags, []string{"--", "x"}).profile([]string{dir}); profile == nil || err != nil {
		t.Errorf("SLIMRUN_PROFILE: %v, %v", profile, err)
	}
	t.Setenv("SLIMRUN_PROFILE", "")
	if profile, err := Split(testFlags, []string{"--", "x"}).profile([]string{dir}); profile != nil || err != nil {
		t.Errorf("no profile: %v, %v", profile, err)
	}
}

func TestProfileDirs(t *testing.T) {
	const system = "/etc/slimrun/profiles"
	for _, test := range []struct {
		xdg, home string
		want      []string
	}{
		{"/x", "/h", []string{"/x/slimrun/profiles", system}},
		{"", "/h", []string{"/h/.config/slimrun/profiles", system}},
		{"relative", "/h", []string{"/h/.config/slimrun/profiles", system}},
		{"", "", []string{system}},
	} {
		t.Setenv("XDG_CONFIG_HOME", test.xdg)
		t.Setenv("HOME", test.home)
		if diff := cmp.Diff(test.want, ProfileDirs()); diff != "" {
			t.Error(diff)
		}
	}
}

// A problem is a setting's where it goes away without it.
func TestBlame(t *testing.T) {
	profile := &Profile{File: "F", Settings: []Setting{{"memory", "memory", "1X", 2}, {"cpus", "cpus", "1", 3}, {"env", "env", "=", 4}}}
	read := func(p *Profile) error {
		errs := []error{errors.New("no command")}
		for _, setting := range p.Settings {
			if setting.Flag != "cpus" {
				errs = append(errs, fmt.Errorf("bad %s", setting.Flag))
			}
		}
		return errors.Join(errs...)
	}
	err := profile.Blame(read(profile), read)
	if want := "no command\nF:2: bad memory\nF:4: bad env"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if err := profile.Blame(nil, read); err != nil {
		t.Errorf("blame for nothing: %v", err)
	}
}

package cmdline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/trust"
	"github.com/slimrun/slimrun/unit/problem"
)

// Profile is a named set of flags: a JSON object in a file, whose keys are
// long flags and whose values are texts, numbers, true or false, or lists of
// these where a flag is repeatable.
type Profile struct {
	File     string
	Settings []Setting
}

// Setting is one flag of a profile: its value is a string, or a []any of
// strings and numbers.
type Setting struct {
	Flag  string
	As    string // the flag's name in the file: an alias, maybe
	Value any
	Line  int
}

// ProfileDirs are where profiles live, the user's own first.
func ProfileDirs() []string {
	home := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(home) && os.Getenv("HOME") != "" {
		home = filepath.Join(os.Getenv("HOME"), ".config")
	}
	dirs := []string{"/etc/slimrun/profiles"}
	if filepath.IsAbs(home) {
		dirs = slices.Insert(dirs, 0, filepath.Join(home, "slimrun/profiles"))
	}
	return dirs
}

// ownProfile is profile for this machine and user.
func (l *Line) ownProfile() (*Profile, error) { return l.profile(ProfileDirs()) }

// profile loads the profile that the line, or the environment, names; nil for
// none. Errors: a name that is none, no such file, one that somebody else could have
// written, and all that is wrong in it, with its line.
func (l *Line) profile(dirs []string) (*Profile, error) {
	name, given := l.profileName()
	switch {
	case name == "" && !given:
		return nil, nil
	case name == "" || strings.ContainsAny(name, "/\x00") || strings.Contains(name, ".."):
		return nil, fmt.Errorf(`--profile %q: want the name of a profile, without "/" and ".."`, name)
	}
	for _, dir := range dirs {
		file := filepath.Join(dir, name)
		content, err := trust.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("--profile %q: %w", name, err)
		}
		return parseProfile(l.flags, file, content)
	}
	return nil, missingProfile(name, dirs)
}

// profileName is what the line, or else the environment, gives the flag that
// names one.
func (l *Line) profileName() (name string, given bool) {
	i := l.flags.Kind(grammar.NamesProfile)
	if i < 0 {
		return "", false
	}
	if j := l.last(i); j >= 0 {
		return l.given[j].value, true
	}
	return os.Getenv(l.flags[i].Variables()[0]), false
}

func missingProfile(name string, dirs []string) error {
	var names []string
	for _, dir := range dirs {
		entries, _ := os.ReadDir(dir)
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
	}
	hint := "write one: mkdir -p " + console.Quote(dirs[0]) + ` && echo '{"memory": "100M"}' >` +
		console.Quote(filepath.Join(dirs[0], name))
	if near := problem.Nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	} else if names != nil {
		hint = "there are " + strings.Join(names, ", ")
	}
	return problem.Of(fmt.Errorf("--profile %q: there is none in %s", name, strings.Join(dirs, " or ")), hint)
}

// Value is what the profile sets a flag to, nil for nothing.
func (p *Profile) Value(flag string) any {
	if p == nil {
		return nil
	}
	for _, setting := range p.Settings {
		if setting.Flag == flag {
			return setting.Value
		}
	}
	return nil
}

// nameOf is how the profile calls a flag.
func (p *Profile) nameOf(flag string) string {
	if p != nil {
		for _, setting := range p.Settings {
			if setting.Flag == flag {
				return setting.As
			}
		}
	}
	return flag
}

// Blame puts file and line to those problems that a setting brings: they go
// away without it. read reads the command line with another profile.
func (p *Profile) Blame(err error, read func(*Profile) error) error {
	if p == nil || err == nil {
		return err
	}
	problems := console.Flatten(err)
	for i, setting := range p.Settings {
		without := &Profile{p.File, slices.Delete(slices.Clone(p.Settings), i, i+1)}
		left := texts(read(without))
		for j, problem := range problems {
			if !slices.Contains(left, problem.Error()) && !strings.HasPrefix(problem.Error(), p.File+":") {
				problems[j] = fmt.Errorf("%s:%d: %w", p.File, setting.Line, problem)
			}
		}
	}
	return errors.Join(problems...)
}

func texts(err error) (texts []string) {
	if err == nil {
		return nil
	}
	for _, problem := range console.Flatten(err) {
		texts = append(texts, problem.Error())
	}
	return texts
}

package docs_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/slimrun/slimrun/launcher/cmdline"
	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/manage"
)

// pages are what a person reads.
func pages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.md")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	found := map[string]string{}
	for _, file := range append(files, "../README.md", "../CONTRIBUTING.md", "../SECURITY.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found[file] = strings.ReplaceAll(string(text), "\\\n", " ")
	}
	return found
}

var (
	before   = regexp.MustCompile(`^(sudo|[A-Z_]+=.*|[0-9*/]+)$`) // a command's own words
	inBlock  = regexp.MustCompile(`(?m)^ {4}(?:[$#] )?(.*\bslimrun .*)$`)
	inLine   = regexp.MustCompile("`((?:sudo )?slimrun [^`]*)`")
	ofOutput = regexp.MustCompile(`^(slimrun: |NAME |[a-z-]+@)`)
)

// typed are the command lines of a page.
func typed(text string) (lines []string) {
	for _, found := range inBlock.FindAllStringSubmatch(text, -1) {
		if !ofOutput.MatchString(found[1]) {
			lines = append(lines, found[1])
		}
	}
	for _, found := range inLine.FindAllStringSubmatch(text, -1) {
		lines = append(lines, found[1])
	}
	return lines
}

// commands splits a line as a shell does, as far as pages need it: quotes, pipes, lists,
// comments, and redirections, which are left out.
func commands(line string) (all [][]string) {
	var words []string
	word, inWord, quote, skip := "", false, rune(0), false
	end := func() {
		if inWord && !skip {
			words = append(words, word)
		}
		skip = skip && !inWord
		word, inWord = "", false
	}
	for i, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word += string(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == '#' && !inWord && i > 0:
			return append(all, words)
		case c == '<' || c == '>':
			if strings.Trim(word, "0123456789") == "" {
				word, inWord = "", false
			}
			end()
			skip = true
		case c == '&' && skip && !inWord:
		case strings.ContainsRune("|;&()", c):
			end()
			all, words = append(all, words), nil
		case c == ' ':
			end()
		default:
			word, inWord = word+string(c), true
		}
	}
	end()
	return append(all, words)
}

func TestCommands(t *testing.T) {
	for line, want := range map[string][]string{
		`a 'b c' "d"e`:            {"a,b c,de"},
		`a | b; c & d`:            {"a", "b", "c", "d"},
		`a >x 2>&1 <y b # c`:      {"a,b"},
		`a -q >sorted`:            {"a,-q"},
		`a '# no | comment' && b`: {"a,# no | comment", "", "b"},
	} {
		var got []string
		for _, words := range commands(line) {
			got = append(got, strings.Join(words, ","))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// read has slimrun read a line, and run nothing.
func read(args []string) error {
	out := console.Console{Out: io.Discard, Err: io.Discard}
	reader := cmdline.Reader{Out: io.Discard}
	if args[0][0] != '-' {
		if word, ok := manage.Words(manage.Context{Console: out}).Find(args[0]); ok {
			_, err := reader.Word(word, args[1:])
			return err
		}
	}
	if !slices.Contains(args, "--") {
		args = append(args, "--", "x") // a page may speak of flags alone
	}
	_, _, err := reader.Run(args)
	return err
}

// here makes what pages speak of, root directories and a profile, and nothing else.
func here(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", "")
	for _, variable := range os.Environ() { // a variable is a flag's value, too
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "SLIMRUN_") {
			t.Setenv(name, "") // to be set again at the end
			os.Unsetenv(name)
		}
	}
	profiles := ".config/slimrun/profiles"
	for _, name := range []string{"DIR", "debian", profiles} {
		if err := os.MkdirAll(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(profiles+"/build", []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// argsOf are what slimrun is given in a command, nil where that is not one of slimrun's,
// or names but a word of it.
func argsOf(command []string) []string {
	at := slices.Index(command, "slimrun")
	if at < 0 || slices.ContainsFunc(command[:at], func(s string) bool { return !before.MatchString(s) }) {
		return nil
	}
	args := slices.DeleteFunc(command[at+1:], func(s string) bool { return s == "[flags]" || s == "..." || s == "WORD" })
	if len(args) == 1 && args[0][0] != '-' {
		return nil
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "$HOME", "/home/somebody")
	}
	return args
}

// shows says whether a page has an error as slimrun writes it, with its remedy.
func shows(text string, err error) bool {
	var out strings.Builder
	console.Console{Err: &out}.Failed(err)
	return strings.Contains(text, "    "+strings.ReplaceAll(strings.TrimSpace(out.String()), "\n", "\n    ")+"\n")
}

// No page names a flag or a word that is not there, or a value that it does not take;
// what is wrong on purpose is shown with the error that comes of it.
func TestPagesAreTyped(t *testing.T) {
	all, count := pages(t), 0
	here(t)
	for file, text := range all {
		for _, line := range typed(text) {
			for _, words := range commands(line) {
				args := argsOf(words)
				if len(args) == 0 {
					continue
				}
				count++
				switch err := read(args); {
				case err == nil, errors.Is(err, os.ErrNotExist), strings.Contains(err.Error(), "no run of it is recorded"):
				case shows(text, err):
				default:
					t.Errorf("%s: %s: %v", file, line, err)
				}
			}
		}
	}
	if count < 120 {
		t.Errorf("%d lines are too few", count)
	}
}

// What the diff in CONTRIBUTING.md adds, the code has.
func TestDiffIsTheCode(t *testing.T) {
	var file, content string
	count := 0
	for line := range strings.Lines(pages(t)["../CONTRIBUTING.md"]) {
		added, ok := strings.CutPrefix(line, "    +")
		name, header := strings.CutPrefix(added, "++ b/")
		switch {
		case !ok:
		case header:
			file = strings.TrimSpace(name)
			text, err := os.ReadFile("../" + file)
			if err != nil {
				t.Fatal(err)
			}
			content = string(text)
		case !strings.Contains(content, "\n"+added):
			t.Errorf("%s has no %q", file, added)
		default:
			count++
		}
	}
	if count < 10 {
		t.Errorf("%d lines are too few", count)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/version"
)

// unset takes away what of the environment would set a flag.
func unset(t testing.TB) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "SLIMRUN_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
}

// told is what slimrun says to a command line that touches no manager.
func told(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(append([]string{"slimrun"}, args...), &out, &err)
	return status, out.String(), err.String()
}

// Rows A1 A2 A5 S1: usage errors, word for word, and nothing on stdout.
func TestUsage(t *testing.T) {
	unset(t)
	const usage = "slimrun: hint: slimrun [flags] -- COMMAND [ARG...]\n"
	list := ""
	for _, line := range console.WordList(allWords(console.Console{})) {
		if line = "slimrun: " + line; len(line) > 80 {
			t.Errorf("%q is longer than a terminal's line", line)
		}
		list += line + "\n"
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"A1 nothing":           {nil, "slimrun: no command\n" + usage + list + "slimrun: hint: slimrun --help lists the flags\n"},
		"A1 flags alone":       {[]string{"-q"}, "slimrun: no command\n" + usage},
		"A1 dashes":            {[]string{"-m", "1M", "--"}, "slimrun: no command behind \"--\"\n" + usage},
		"A1 no dashes":         {[]string{"stress", "-m", "1"}, "slimrun: \"stress\": a command stands behind \"--\"\nslimrun: hint: slimrun -- stress -m 1\n"},
		"a word of Docker's":   {[]string{"rm", "web"}, "slimrun: \"rm\": a command stands behind \"--\"\nslimrun: hint: slimrun prune web; slimrun -- rm web runs a program of that name\n"},
		"a word misspelt":      {[]string{"stpo", "web"}, "slimrun: \"stpo\": a command stands behind \"--\"\nslimrun: hint: slimrun stop web; slimrun -- stpo web runs a program of that name\n"},
		"a flag as a word":     {[]string{"help"}, "slimrun: \"help\": a command stands behind \"--\"\nslimrun: hint: slimrun --help; slimrun -- help runs a program of that name\n"},
		"help of a word":       {[]string{"help", "stop"}, "slimrun: \"help\": a command stands behind \"--\"\nslimrun: hint: slimrun stop --help; slimrun -- help stop runs a program of that name\n"},
		"A1 word before":       {[]string{"-q", "x", "--", "true"}, "slimrun: \"x\" stands before \"--\": only flags do\n" + usage},
		"docker's run":         {[]string{"run", "-m", "9M", "--", "true"}, "slimrun: \"run\" stands before \"--\": only flags do\nslimrun: hint: slimrun -m 9M -- true\n"},
		"misspelt, with --":    {[]string{"exce", "web", "--", "id"}, "slimrun: \"exce\" stands before \"--\": only flags do\nslimrun: hint: slimrun exec web -- id\n"},
		"A2 misspelt":          {[]string{"--memroy", "100M", "--", "true"}, "slimrun: unknown flag --memroy\nslimrun: hint: did you mean --memory?\n"},
		"A2 misspelt, with =":  {[]string{"--memroy=100M", "--", "true"}, "slimrun: unknown flag --memroy\nslimrun: hint: did you mean --memory?\n"},
		"A2 nothing near":      {[]string{"--xylophone", "--", "true"}, "slimrun: unknown flag --xylophone\nslimrun: hint: slimrun --help lists the flags\n"},
		"exec as docker's":     {[]string{"exec", "-u", "me", "web", "sh", "-l"}, "slimrun: unexpected argument sh\nslimrun: hint: slimrun exec -u me web -- sh -l\n"},
		"no dashes, a word":    {[]string{"suggest", "sort", "big"}, "slimrun: unexpected argument sort\nslimrun: hint: slimrun suggest -- sort big\n"},
		"a word of no command": {[]string{"ps", "x"}, "slimrun: unexpected argument x\nslimrun: hint: slimrun ps --help; slimrun -- ps x runs a program of that name\n"},
		"A5 at the end":        {[]string{"--memory", "--", "true"}, "slimrun: --memory: its value is missing\nslimrun: hint: write --memory SIZE\n"},
		"A5 before a flag":     {[]string{"-m", "-q", "--", "true"}, "slimrun: --memory: its value is missing\nslimrun: hint: write --memory SIZE\n"},
		"S1 -1":                {[]string{"--memory=-1", "--", "true"}, "slimrun: --memory \"-1\": want a size such as \"100M\", \"1.5G\", \"50%\" (of RAM) or \"infinity\"\n"},
		"S1 empty":             {[]string{"-m", "", "--", "true"}, "slimrun: --memory \"\": want a size such as \"100M\", \"1.5G\", \"50%\" (of RAM) or \"infinity\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := told(t, c.args...)
			if diff := cmp.Diff(c.want, stderr); diff != "" || status != 125 || stdout != "" {
				t.Errorf("status %d, stdout %q: %s", status, stdout, diff)
			}
		})
	}
}

// Every problem at once, those of kong's types among them.
func TestEveryProblem(t *testing.T) {
	unset(t)
	status, _, stderr := told(t, "--pass-fd", "x", "--memroy", "1M", "--quiet=maybe",
		"-m", "0", "--cpus", "-1", "--name", "a/b", "--", "true")
	for _, want := range []string{"--pass-fd", "--memroy", "--quiet", `--memory "0"`, `--cpus "-1"`, `--name "a/b"`} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%s is not named in %q", want, stderr)
		}
	}
	for line := range strings.Lines(stderr) {
		if !strings.HasPrefix(line, "slimrun: ") {
			t.Errorf("line %q is not slimrun's", line)
		}
	}
	if status != 125 {
		t.Errorf("status %d, want 125", status)
	}
}

// Row A3: asked for, so on stdout, and with status 0.
func TestHelpAndVersion(t *testing.T) {
	unset(t)
	for flag, want := range map[string]string{"--help": "--memory", "--version": "slimrun " + version.String() + "\n"} {
		status, stdout, stderr := told(t, flag)
		if status != 0 || stderr != "" || !strings.Contains(stdout, want) {
			t.Errorf("A3 %s: status %d, stdout %q, stderr %q", flag, status, stdout, stderr)
		}
	}
	if status, stdout, _ := told(t, "--dry-run", "--", "true", "--help"); status != 0 ||
		!strings.Contains(stdout, "true --help") {
		t.Errorf("A4 --help behind the dashes: status %d, %q", status, stdout)
	}
}

// A variable of that name, such as a Makefile has, must not turn a run into
// a word about the version.
func TestVersionIsNoVariable(t *testing.T) {
	unset(t)
	t.Setenv("SLIMRUN_VERSION", "1")
	if status, stdout, _ := told(t, "--dry-run", "--", "true"); status != 0 ||
		!strings.Contains(stdout, "Description") {
		t.Errorf("status %d, %q, want a plan", status, stdout)
	}
}

// Row A4, and flags: the last one wins, variables give way to flags, values
// stand after a space, a "=" or at once.
func TestFlags(t *testing.T) {
	unset(t)
	t.Setenv("SLIMRUN_PIDS", "11")
	t.Setenv("SLIMRUN_MEMORY", "9M")
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"space":         {[]string{"-m", "1M"}, []string{"MemoryMax=1048576", "TasksMax=11"}},
		"equals":        {[]string{"--memory=1M"}, []string{"MemoryMax=1048576"}},
		"at once":       {[]string{"-m1M"}, []string{"MemoryMax=1048576"}},
		"last wins":     {[]string{"-m", "5M", "--memory", "1M"}, []string{"MemoryMax=1048576"}},
		"variable":      {nil, []string{"MemoryMax=9437184", "TasksMax=11"}},
		"flag beats it": {[]string{"--pids", "12"}, []string{"TasksMax=12"}},
		"alias":         {[]string{"--pids-limit", "12", "--cpuset-cpus", "0"}, []string{"TasksMax=12", "AllowedCPUs=0"}},
		"like a letter": {[]string{"--timeout", "1h", "-m", "1M"}, []string{"RuntimeMaxSec=3600000000"}},
		"joined":        {[]string{"-qvm", "1M"}, []string{"MemoryMax=1048576"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := slices.Concat([]string{"--dry-run"}, c.args, []string{"--", "--memory"})
			status, stdout, stderr := told(t, args...)
			for _, want := range append(c.want, " --memory\n") {
				if !strings.Contains(stdout, want) {
					t.Errorf("status %d, %q lacks %q: %s", status, stdout, want, stderr)
				}
			}
		})
	}
}

// There is a report also when the launch itself fails.
func TestReportOfUsageError(t *testing.T) {
	unset(t)
	path := filepath.Join(t.TempDir(), "report")
	told(t, "--report", path, "--memroy", "1M", "--", "true", "\xff")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Outcome  string
		ExitCode int `json:"exit_code"`
		Error    string
	}
	if err := json.Unmarshal(content, &report); err != nil {
		t.Fatal(err)
	}
	if report.Outcome != "failed" || report.ExitCode != 125 || !strings.Contains(report.Error, "--memroy") {
		t.Errorf("got %+v", report)
	}
}

var update = flag.Bool("update", false, "write the man page's options anew")

// A flag or a word is a row, and nothing else has to be touched: help, man page
// and completion have every one.
func TestRowsAreEverywhere(t *testing.T) {
	unset(t)
	texts := map[string]string{}
	_, texts["--help"], _ = told(t, "--help")
	for _, shell := range []string{"bash", "zsh", "fish"} {
		_, texts[shell], _ = told(t, "completion", shell)
	}
	page, err := os.ReadFile(manPage)
	texts[manPage] = strings.ReplaceAll(string(page), `\-`, "-")
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range texts {
		for _, flag := range spec.New().Flags() {
			for _, name := range flag.Names() {
				spelling := "--" + name
				if what == "fish" {
					spelling = "-l " + name
				}
				if !strings.Contains(text, spelling) && (what != "--help" || name == flag.Name) {
					t.Errorf("%s lacks %s", what, spelling)
				}
			}
		}
		for _, word := range allWords(console.Console{}) {
			if !strings.Contains(text, word.Name) {
				t.Errorf("%s lacks the word %s", what, word.Name)
			}
		}
	}
}

// A word's own help says what it does, its flags and arguments, and an example
// that is a line of that word.
func TestWordsHelp(t *testing.T) {
	for _, word := range allWords(console.Console{}) {
		status, stdout, stderr := told(t, word.Name, "--help")
		if status != 0 || stderr != "" || !strings.Contains(stdout, word.Help) ||
			!strings.Contains(stdout, word.Example) {
			t.Errorf("slimrun %s --help: status %d, %q, %q", word.Name, status, stdout, stderr)
		}
		if !strings.Contains(word.Example, "slimrun "+word.Name) {
			t.Errorf("%s: the example %q is another word's", word.Name, word.Example)
		}
		stdout = strings.Join(strings.Fields(stdout), " ") // help is in lines of 80
		for _, flag := range word.Flags {
			if !strings.Contains(stdout, "--"+flag.Name) || !strings.Contains(stdout, flag.Help) {
				t.Errorf("slimrun %s --help: %q lacks --%s", word.Name, stdout, flag.Name)
			}
		}
		for _, arg := range word.Args {
			if !strings.Contains(stdout, arg.Placeholder) {
				t.Errorf("slimrun %s --help: %q lacks %s", word.Name, stdout, arg.Placeholder)
			}
		}
	}
}

// A variable that sets a run's flag means nothing to a word's of the same name.
func TestWordsHaveNoVariables(t *testing.T) {
	unset(t)
	t.Setenv("SLIMRUN_JSON", "maybe")
	if status, _, stderr := told(t, "completion", "bash"); status != 0 || stderr != "" {
		t.Errorf("status %d, %q", status, stderr)
	}
}

// Nobody knows a flag by its name but its row: no other code has one between
// quotes.
func TestFlagsHaveNoOtherNames(t *testing.T) {
	rows := []string{"launcher/spec/", "unit/limit/"}
	code := regexp.MustCompile(`(==|!=|case|HasPrefix\(\w+,|\[) ?"(--)?([a-z-]+)"`)
	flags := spec.New().Flags()
	err := filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		isRow := slices.ContainsFunc(rows, func(dir string) bool { return strings.HasPrefix(path, dir) })
		if err != nil || isRow || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.HasPrefix(path, "test/") {
			return err
		}
		content, err := os.ReadFile(path)
		for _, found := range code.FindAllStringSubmatch(string(content), -1) {
			// "user" without dashes is many things.
			if flags.Find("--"+found[3]) >= 0 && strings.Contains(found[2]+found[3], "-") {
				t.Errorf("%s knows a flag by its name: %s", path, found[0])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

const manPage = "docs/slimrun.1"

// The man page lists exactly the flags and words there are, with their help.
func TestManPage(t *testing.T) {
	content, err := os.ReadFile(manPage)
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	for mark, want := range map[string]string{
		"flags": manOptions(spec.New().Flags()), "words": manWords(allWords(console.Console{})),
	} {
		head, rest, _ := strings.Cut(page, ".\\\" "+mark+"\n")
		have, tail, ok := strings.Cut(rest, ".\\\" end of "+mark+"\n")
		if !ok {
			t.Fatalf("%s has no marks around its %s", manPage, mark)
		}
		if diff := cmp.Diff(want, have); diff != "" && !*update {
			t.Errorf("%s differs from the %s: go test . -run TestManPage -update (-want +have)\n%s",
				manPage, mark, diff)
		}
		page = head + ".\\\" " + mark + "\n" + want + ".\\\" end of " + mark + "\n" + tail
	}
	if *update {
		if err := os.WriteFile(manPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func manOptions(all grammar.Flags) string {
	var page strings.Builder
	group := ""
	for i := range all {
		one := &all[i]
		if one.Group != group {
			group = one.Group
			fmt.Fprintf(&page, ".SS %s\n", group)
		}
		fmt.Fprintf(&page, ".TP\n%s\n%s\n", manNames(one), manText(one.Help))
		if len(one.Aliases) > 0 {
			fmt.Fprintf(&page, "Also \\fB%s\\fR.\n", manText("--"+strings.Join(one.Aliases, ", --")))
		}
	}
	return page.String()
}

func manNames(one *grammar.Flag) string {
	names := "\\fB" + manText("--"+one.Name) + "\\fR"
	if one.Short != "" {
		names = "\\fB" + manText("-"+one.Short) + "\\fR, " + names
	}
	if !one.Switch() {
		names += "=\\fI" + manText(one.Placeholder) + "\\fR"
	}
	return names
}

func manWords(words grammar.Words) string {
	var page strings.Builder
	for _, word := range words {
		line := "slimrun " + word.Name
		for _, flag := range word.Flags {
			line += " [" + strings.TrimSpace(manShort(flag)+" "+flag.Placeholder) + "]"
		}
		for _, arg := range word.Args {
			line += " " + manArg(arg)
		}
		line += word.Behind()
		fmt.Fprintf(&page, ".TP\n\\fB%s\\fR\n%s\n", manText(line), manText(word.Help))
	}
	return page.String()
}

func manShort(flag grammar.Flag) string {
	if flag.Short != "" {
		return "-" + flag.Short
	}
	return "--" + flag.Name
}

func manArg(arg grammar.Arg) string {
	text := arg.Placeholder
	if arg.Repeated {
		text += "..."
	}
	if arg.Optional {
		text = "[" + text + "]"
	}
	return text
}

// manText escapes what roff would take for its own.
func manText(text string) string {
	return strings.NewReplacer("\\", "\\e", "-", "\\-").Replace(text)
}

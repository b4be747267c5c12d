package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/launcher/cmdline"
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
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"A1 nothing":          {nil, "slimrun: no command\n" + usage},
		"A1 flags alone":      {[]string{"-q"}, "slimrun: no command\n" + usage},
		"A1 dashes":           {[]string{"-m", "1M", "--"}, "slimrun: no command behind \"--\"\n" + usage},
		"A1 no dashes":        {[]string{"stress", "-m", "1"}, "slimrun: \"stress\": a command stands behind \"--\"\nslimrun: hint: slimrun -- stress -m 1\n"},
		"A1 word before":      {[]string{"-q", "x", "--", "true"}, "slimrun: \"x\" stands before \"--\": only flags do\n" + usage},
		"A2 misspelt":         {[]string{"--memroy", "100M", "--", "true"}, "slimrun: unknown flag --memroy\nslimrun: hint: did you mean --memory?\n"},
		"A2 misspelt, with =": {[]string{"--memroy=100M", "--", "true"}, "slimrun: unknown flag --memroy\nslimrun: hint: did you mean --memory?\n"},
		"A2 nothing near":     {[]string{"--xylophone", "--", "true"}, "slimrun: unknown flag --xylophone\nslimrun: hint: slimrun --help lists the flags\n"},
		"A5 at the end":       {[]string{"--memory", "--", "true"}, "slimrun: --memory: its value is missing\nslimrun: hint: write --memory SIZE\n"},
		"A5 before a flag":    {[]string{"-m", "-q", "--", "true"}, "slimrun: --memory: its value is missing\nslimrun: hint: write --memory SIZE\n"},
		"S1 -1":               {[]string{"--memory=-1", "--", "true"}, "slimrun: --memory \"-1\": want a size such as \"100M\", \"1.5G\", \"50%\" (of RAM) or \"infinity\"\n"},
		"S1 empty":            {[]string{"-m", "", "--", "true"}, "slimrun: --memory \"\": want a size such as \"100M\", \"1.5G\", \"50%\" (of RAM) or \"infinity\"\n"},
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
	status, _, stderr := told(t, "--pass-fd", "x", "--memroy", "1M", "--quiet=maybe", "-m", "0", "--cpus", "-1", "--name", "a/b", "--", "true")
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
	if status, stdout, _ := told(t, "--dry-run", "--", "true", "--help"); status != 0 || !strings.Contains(stdout, "true --help") {
		t.Errorf("A4 --help behind the dashes: status %d, %q", status, stdout)
	}
}

// A variable of that name, such as a Makefile has, must not turn a run into
// a word about the version.
func TestVersionIsNoVariable(t *testing.T) {
	unset(t)
	t.Setenv("SLIMRUN_VERSION", "1")
	if status, stdout, _ := told(t, "--dry-run", "--", "true"); status != 0 || !strings.Contains(stdout, "Description") {
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

// Contract section 6: a report also when the launch itself fails.
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

// noProfile keeps this machine's profiles out of it.
func noProfile(*cmdline.Line) (*cmdline.Profile, error) { return nil, nil }

// Row A11: what stands behind the first "--" arrives byte for byte, whatever
// stands before it; and no argv makes the reading panic.
func FuzzArgv(f *testing.F) {
	for _, seed := range []string{"-m\x00100M\x00--\x00stress", "--\x00--\x00-m", "--memroy\x001\x00--\x00\xff\n$HOME", "-qv\x00-\x00--=x\x00-\xc3\xa9", "stress\x00-m\x001", ""} {
		f.Add(seed)
	}
	unset(f)
	f.Fuzz(func(t *testing.T, joined string) {
		args := strings.Split(joined, "\x00")
		var flags flags
		_, line, helped, err := flags.read(args, io.Discard, noProfile)
		if helped {
			return
		}
		i := slices.Index(args, "--")
		if i < 0 || i == len(args)-1 {
			if err == nil {
				t.Fatalf("%q has no command and is taken", args)
			}
			return
		}
		if !slices.Equal(line.Payload, args[i+1:]) {
			t.Fatalf("%q gave the payload %q", args, line.Payload)
		}
	})
}

// asKong holds the quick reading of a line against kong's, and says whether
// there was one. Leading words that start with SLIMRUN_ are variables.
func asKong(t *testing.T, args []string) bool {
	t.Helper()
	if !utf8.ValidString(strings.Join(args, "")) {
		t.Skip("kong changes it") // TestBytes
	}
	for len(args) > 0 && strings.HasPrefix(args[0], "SLIMRUN_") {
		name, value, _ := strings.Cut(args[0], "=")
		t.Setenv(name, value)
		args = args[1:]
	}
	var quick, full flags
	got := cmdline.Quick(&quick, args)
	if got == nil {
		if diff := cmp.Diff(full, quick); diff != "" {
			t.Errorf("%q is left to kong with this in the flags: %s", args, diff)
		}
		return false
	}
	want, _, helped, err := full.parseFully(args, io.Discard, noProfile)
	if diff := cmp.Diff(full, quick) + cmp.Diff(want.Payload, got.Payload); diff != "" || helped || err != nil {
		t.Errorf("%q (-kong +quick): helped %v, error %v, %s", args, helped, err, diff)
	}
	return true
}

// everyFlag writes lines that give each flag a value, in all its spellings.
func everyFlag(value func(cmdline.Flag) string) (lines [][]string) {
	for _, one := range describe(newParser(new(flags), io.Discard, new(bool)).Model.Flags) {
		if one.Name == "help" || one.Name == "version" || one.Name == "profile" {
			continue
		}
		assigned := "--" + one.Name + "=" + value(one)
		lines = append(lines, []string{assigned}, []string{one.Env[0] + "=" + value(one)}, []string{one.Env[0] + "=1", assigned, assigned})
		tail := []string{value(one)}
		if one.Bool {
			tail = nil
		}
		for _, name := range append(one.Aliases, one.Name) {
			lines = append(lines, append([]string{"--" + name}, tail...))
		}
		if one.Short != 0 {
			lines = append(lines, append([]string{"-q" + string(one.Short)}, tail...), []string{"-qv" + string(one.Short) + strings.Join(tail, "")})
		}
	}
	return lines
}

// No ordinary line needs kong.
func TestQuick(t *testing.T) {
	unset(t)
	for _, line := range everyFlag(func(one cmdline.Flag) string {
		switch {
		case one.Bool:
			return "true"
		case one.Number:
			return "3"
		}
		return "a,b=c"
	}) {
		t.Run(strings.Join(line, " "), func(t *testing.T) {
			if !asKong(t, append(line, "--", "x", "-q")) {
				t.Error("it is left to kong")
			}
		})
	}
}

// Row A11 for slimrun's own flags: a path need not be UTF-8, and what would be
// changed on the way is refused.
func TestBytes(t *testing.T) {
	unset(t)
	var f flags
	_, line, _, err := f.read([]string{"--workdir", "/d\xff", "--env", "A=\xfe", "--", "true"}, io.Discard, noProfile)
	if err != nil || f.Workdir != "/d\xff" || !slices.Equal(f.Env, []string{"A=\xfe"}) || len(line.Payload) != 1 {
		t.Errorf("%q %q %v", f.Workdir, f.Env, err)
	}
	_, _, _, err = f.read([]string{"--workdir", "/d\xff", "--profile", "p", "--", "true"}, io.Discard, noProfile)
	if err == nil || !strings.Contains(err.Error(), "not UTF-8") {
		t.Errorf("with a profile: %v", err)
	}
}

// And none is read in a way that is not kong's.
func FuzzQuick(f *testing.F) {
	unset(f)
	for _, value := range []string{"", "0x1F", "no", "a,,b", "-h", "\xff"} {
		for _, line := range everyFlag(func(cmdline.Flag) string { return value }) {
			f.Add(strings.Join(line, "\x00"))
		}
	}
	for _, seed := range []string{
		"-h", "--help", "--version", "SLIMRUN_VERSION=1", "SLIMRUN_PROFILE=p", "--profile=", "SLIMRUN_HELP=1",
		"SLIMRUN_QUIET=maybe\x00-q", "SLIMRUN_quiet=1", "--quiet=TRUE", "--quiet=y", "--quiet\x00true", "-qtrue", "-qm1M\x00-m\x002M",
		"--share=,", "--share=a,", "--share=a\\,b", "--pass-fd=010", "--pass-fd=3,4", "--pass-fd=1_0", "--env=\n$x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, joined string) {
		asKong(t, append(strings.Split(joined, "\x00"), "--", "x"))
	})
}

var update = flag.Bool("update", false, "write the man page's options anew")

// The man page lists exactly the flags there are, with their help.
func TestManPage(t *testing.T) {
	const path = "docs/slimrun.1"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(content), ".\\\" flags\n")
	have, tail, ok := strings.Cut(rest, ".\\\" end of flags\n")
	if !ok {
		t.Fatalf("%s has no marks around its flags", path)
	}
	want := manOptions(describe(newParser(new(flags), io.Discard, new(bool)).Model.Flags))
	if *update {
		page := head + ".\\\" flags\n" + want + ".\\\" end of flags\n" + tail
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("docs/slimrun.1 differs from the flags: go test . -run TestManPage -update (-want +have)\n%s", diff)
	}
}

func manOptions(all cmdline.Flags) string {
	var page strings.Builder
	group := ""
	for _, one := range slices.Concat(all[1:], all[:1]) { // --help last
		if name := manGroup(one); name != group {
			group = name
			fmt.Fprintf(&page, ".SS %s\n", group)
		}
		fmt.Fprintf(&page, ".TP\n%s\n%s\n", manNames(one), manText(one.Help))
		if len(one.Aliases) > 0 {
			fmt.Fprintf(&page, "Also \\fB%s\\fR.\n", manText("--"+strings.Join(one.Aliases, ", --")))
		}
	}
	return page.String()
}

func manGroup(one cmdline.Flag) string {
	if one.Group == "" {
		return "Help"
	}
	return one.Group
}

func manNames(one cmdline.Flag) string {
	names := "\\fB" + manText("--"+one.Name) + "\\fR"
	if one.Short != 0 {
		names = "\\fB" + manText("-"+string(one.Short)) + "\\fR, " + names
	}
	if !one.Bool {
		names += "=\\fI" + manText(one.Placeholder) + "\\fR"
	}
	return names
}

// manText escapes what roff would take for its own.
func manText(text string) string {
	return strings.NewReplacer("\\", "\\e", "-", "\\-").Replace(text)
}

package cmdline

import (
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/spec"
)

// unset takes away what of the environment would set a flag.
func unset(t testing.TB) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, grammar.Prefix) {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
}

// noProfile keeps this machine's profiles out of it.
func noProfile(*Line) (*Profile, error) { return nil, nil }

// Row A11: what stands behind the first "--" arrives byte for byte, whatever
// stands before it; and no argv makes the reading panic.
func FuzzArgv(f *testing.F) {
	for _, seed := range []string{
		"-m\x00100M\x00--\x00stress", "--\x00--\x00-m", "--memroy\x001\x00--\x00\xff\n$HOME",
		"-qv\x00-\x00--=x\x00-\xc3\xa9", "stress\x00-m\x001", "",
	} {
		f.Add(seed)
	}
	unset(f)
	f.Fuzz(func(t *testing.T, joined string) {
		args := strings.Split(joined, "\x00")
		asked, _, shown, err := Reader{Out: io.Discard}.read(args, noProfile)
		if shown {
			return
		}
		i := slices.Index(args, "--")
		if i < 0 || i == len(args)-1 {
			if err == nil {
				t.Fatalf("%q has no command and is taken", args)
			}
			return
		}
		if !slices.Equal(asked.Argv, args[i+1:]) {
			t.Fatalf("%q gave the payload %q", args, asked.Argv)
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
	for len(args) > 0 && strings.HasPrefix(args[0], grammar.Prefix) {
		name, value, _ := strings.Cut(args[0], "=")
		t.Setenv(name, value)
		args = args[1:]
	}
	line := Split(spec.New().Flags(), args)
	got, ok := line.quick(os.Environ())
	if !ok {
		return false
	}
	want, shown, err := Reader{Out: io.Discard}.fully(line, nil)
	if diff := cmp.Diff(alike(line.flags, want), alike(line.flags, got)); diff != "" || shown || err != nil {
		t.Errorf("%q (-kong +quick): shown %v, error %v, %s", args, shown, err, diff)
	}
	return true
}

// alike writes switches in one way, and nothing as nothing.
func alike(flags grammar.Flags, v values) map[string][]string {
	given := map[string][]string{}
	for i, texts := range v {
		if len(texts) == 0 {
			continue
		}
		given[flags[i].Name] = texts
		if truth, err := grammar.Truth(texts[0]); flags[i].Switch() && err == nil {
			given[flags[i].Name] = []string{map[bool]string{true: "on", false: "off"}[truth]}
		}
	}
	return given
}

// everyFlag writes lines that give each flag a value, in all its spellings.
func everyFlag(value func(*grammar.Flag) string) (lines [][]string) {
	flags := spec.New().Flags()
	for i := range flags {
		one := &flags[i]
		if one.OnItsLine() {
			continue
		}
		assigned := "--" + one.Name + "=" + value(one)
		lines = append(lines, []string{assigned})
		for _, variable := range one.Variables() {
			lines = append(lines, []string{variable + "=" + value(one)}, []string{variable + "=1", assigned, assigned})
		}
		tail := []string{value(one)}
		if one.Switch() {
			tail = nil
		}
		for _, spelling := range one.Spellings() {
			lines = append(lines, append([]string{spelling}, tail...))
		}
		if one.Short != "" {
			lines = append(lines, append([]string{"-q" + one.Short}, tail...), []string{"-qv" + one.Short + strings.Join(tail, "")})
		}
	}
	return lines
}

// No ordinary line needs kong.
func TestQuick(t *testing.T) {
	unset(t)
	for _, line := range everyFlag(func(one *grammar.Flag) string {
		if one.Switch() {
			return "true"
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

// And none is read in a way that is not kong's.
func FuzzQuick(f *testing.F) {
	unset(f)
	for _, value := range []string{"", "0x1F", "no", "a,,b", "-h", "\xff"} {
		for _, line := range everyFlag(func(*grammar.Flag) string { return value }) {
			f.Add(strings.Join(line, "\x00"))
		}
	}
	for _, seed := range []string{
		"-h", "--help", "--version", "SLIMRUN_VERSION=1", "SLIMRUN_PROFILE=p", "--profile=", "SLIMRUN_HELP=1",
		"SLIMRUN_QUIET=maybe\x00-q", "SLIMRUN_quiet=1", "--quiet=TRUE", "--quiet=y", "--quiet\x00true", "-qtrue", "-qm1M\x00-m\x002M",
		"--share=,", "--share=a,", "--share=a\\,b", "--pass-fd=010", "--pass-fd=3,4", "--pass-fd=1_0", "--env=\n$x",
		"SLIMRUN_PIDS=1\x00SLIMRUN_PIDS_LIMIT=2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, joined string) {
		asKong(t, append(strings.Split(joined, "\x00"), "--", "x"))
	})
}

// Row A11 for slimrun's own flags: a path need not be UTF-8, and what would be
// changed on the way is refused.
func TestBytes(t *testing.T) {
	unset(t)
	args := []string{"--workdir", "/d\xff", "--env", "A=\xfe", "--", "true"}
	asked, _, err := Reader{Out: io.Discard}.Run(args)
	if err != nil || asked.Workdir != "/d\xff" || !slices.Contains(asked.Env, "A=\xfe") || len(asked.Argv) != 1 {
		t.Errorf("%q %q %v", asked.Workdir, asked.Env, err)
	}
	_, _, err = Reader{Out: io.Discard}.Run(append([]string{"--profile", "p"}, args...))
	if err == nil || !strings.Contains(err.Error(), "not UTF-8") {
		t.Errorf("with a profile: %v", err)
	}
}

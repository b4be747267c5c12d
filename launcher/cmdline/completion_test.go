package cmdline

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/slimrun/slimrun/launcher/grammar"
)

var ignored string

var shellFlags = grammar.Flags{
	{Name: "memory", Short: "m", Placeholder: "SIZE", Help: "Memory at most (it's MemoryMax): swap [is then] 0.", Value: grammar.Text(&ignored)},
	{Name: "memory-high", Placeholder: "SIZE", Help: `A \ and a "quote".`, Value: grammar.Text(&ignored)},
	{Name: "oom", Placeholder: "kill|stop|continue", Help: "What else ends.", Value: grammar.Text(&ignored)},
	{Name: "pids", Aliases: []string{"pids-limit"}, Placeholder: "N", Help: "Tasks.", Value: grammar.Text(&ignored)},
	{Name: "workdir", Placeholder: "DIR", Help: "Directory.", Value: grammar.Text(&ignored)},
	{Name: "report", Placeholder: "PATH|-|fd:N", Help: "Report.", Value: grammar.Text(&ignored)},
	{Name: "env", Placeholder: "NAME=VALUE", Help: "A variable.", Value: grammar.Texts(new([]string))},
	{Name: "profile", Placeholder: "PROFILE", Help: "Profile.", Value: grammar.Profile()},
	{Name: "quiet", Short: "q", Help: "Less.", Value: grammar.Switch(new(bool))},
}

var shellWords = grammar.Words{
	{Name: "doctor", Help: "Say what's up.", Flags: grammar.Flags{{Name: "json"}}},
	{Name: "logs", Help: "Read.", Args: []grammar.Arg{{Placeholder: "RUN", Ended: true}}},
	{Name: "stop", Help: "End.", Args: []grammar.Arg{{Placeholder: "RUN", Repeated: true}}},
	{Name: "completion", Help: "Write [it].", Args: []grammar.Arg{{Placeholder: "bash|zsh|fish"}}},
}

// shellCases are command lines, cut off at the cursor, and what the shell must
// offer (and must not).
var shellCases = []struct {
	line       string
	want, lack []string
}{
	{"slimrun do", []string{"doctor"}, []string{"completion"}},
	{"slimrun completion ", []string{"bash", "zsh", "fish"}, []string{"--memory"}},
	{"slimrun doctor --", []string{"--json"}, []string{"--memory"}},
	{"slimrun logs ", []string{"web", "gone"}, []string{"--memory"}},
	{"slimrun stop ", []string{"web"}, []string{"gone", "--memory"}},
	{"slimrun stop x w", []string{"web"}, []string{"gone"}},
	{"slimrun --mem", []string{"--memory", "--memory-high"}, []string{"--oom"}},
	{"slimrun --pids-l", []string{"--pids-limit"}, []string{"--memory"}},
	{"slimrun -q --oo", []string{"--oom"}, []string{"--memory"}},
	{"slimrun --oom ", []string{"kill", "stop", "continue"}, []string{"doctor"}},
	{"slimrun --oom=s", []string{"stop"}, []string{"kill"}},
	{"slimrun --profile ", []string{"mine"}, []string{"doctor"}},
	{"slimrun --workdir dir", []string{"directory"}, []string{"dir-file"}},
	{"slimrun --report dir", []string{"directory", "dir-file"}, nil},
	{"slimrun -m 1M -- slimrun-payload-pro", []string{"slimrun-payload-program"}, []string{"--memory"}},
	{"slimrun -m 1M -- cat --mem", nil, []string{"--memory"}},
}

// shellSetUp makes a place with files, a profile, a program and the script.
func shellSetUp(t *testing.T, shell string) (dir string) {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		t.Skipf("needs %s: %v", shell, err)
	}
	dir = t.TempDir()
	for name, content := range map[string]string{
		"script": Scripts[shell](shellFlags, shellWords), "directory/x": "", "dir-file": "", "config/slimrun/profiles/mine": "{}",
		"bin/slimrun-payload-program": "#!/bin/sh\n", "bin/slimrun": "#!/bin/sh\n[ \"$*\" != 'ps -q' ] || echo web; [ \"$*\" != 'ps -aq' ] || printf 'web\\ngone\\n'\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// offered runs a shell and returns the words of what it printed.
func offered(t *testing.T, dir string, command ...string) []string {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir+"/config", "HOME="+dir, "TERM=dumb", "PATH="+dir+"/bin:"+os.Getenv("PATH"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v\n%s", command, err, out)
	}
	return regexp.MustCompile(`[\w-]+`).FindAllString(strings.ReplaceAll(string(out), "\r", " "), -1)
}

// checkOffers asks for all cases at once: a terminal takes its time.
func checkOffers(t *testing.T, complete func(t *testing.T, line string) []string) {
	t.Helper()
	for _, test := range shellCases {
		t.Run(test.line, func(t *testing.T) {
			t.Parallel()
			got := complete(t, test.line)
			for _, want := range test.want {
				if !slices.Contains(got, want) {
					t.Errorf("offers %q, want %q among it", got, want)
				}
			}
			for _, lack := range test.lack {
				if slices.Contains(got, lack) {
					t.Errorf("offers %q, want no %q", got, lack)
				}
			}
		})
	}
}

func TestBash(t *testing.T) {
	dir := shellSetUp(t, "bash")
	// bash hands over words, "=" being one.
	const complete = `source ./script; read -ra COMP_WORDS <<<"${1//=/ = }"; [[ $1 == *" " ]] && COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _slimrun; printf '%s\n' "${COMPREPLY[@]}"`
	checkOffers(t, func(t *testing.T, line string) []string {
		return offered(t, dir, "bash", "--norc", "-c", complete, "bash", line)
	})
}

func TestFish(t *testing.T) {
	dir := shellSetUp(t, "fish")
	checkOffers(t, func(t *testing.T, line string) []string {
		return offered(t, dir, "fish", "-N", "-c", `source ./script; complete -C $argv[1] | string replace -r '\t.*' ''; true`, line)
	})
}

// zsh completes only at a terminal: the inner zsh has one, and Tab is typed.
func TestZsh(t *testing.T) {
	dir := shellSetUp(t, "zsh")
	offered(t, dir, "zsh", "-f", "-c", "autoload -U compinit; compinit -u -d ./dump")
	const complete = `zmodload zsh/zpty
		zpty z zsh -f -i
		zpty -w z 'stty -echo; autoload -U compinit; compinit -C -d ./dump; source ./script; LISTMAX=1000; bindkey "^I" list-choices; PS1="PRO%{%}MPT>"'
		zpty -r z out '*PROMPT>*'
		zpty -n -w z "$1"$'\t'
		sleep 0.3
		zpty -n -w z $'\C-uecho EN""D\n'
		zpty -r z out '*END*'
		print -r -- "${out#*$1}" | sed -e 's/\x1b[[][0-9;?]*[a-zA-Z]/ /g' -e 's/-- .*//' -e "s/$1/ /g"`
	checkOffers(t, func(t *testing.T, line string) []string {
		return offered(t, dir, "zsh", "-f", "-c", complete, "zsh", line)
	})
}

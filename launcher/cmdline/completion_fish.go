package cmdline

import (
	"fmt"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
)

// fish's script: every flag with its help, as fish shows it.
func fish(flags grammar.Flags, words grammar.Words) string {
	var s strings.Builder
	s.WriteString(fishHead)
	fmt.Fprintf(&s, fishRun, strings.Join(wordNames(words), " "))
	for _, word := range words {
		fmt.Fprintf(&s, "complete -c slimrun -n __slimrun_first -a %s -d %s\n", word.Name, fishQuote(word.Help))
		after := fmt.Sprintf("complete -c slimrun -n '__slimrun_after %s' -a ", word.Name)
		fmt.Fprintf(&s, "%s%s\n", after, fishQuote(strings.Join(behind(&word), " ")))
		if how := runsBehind(&word); how != "" {
			fmt.Fprintf(&s, "%s'(slimrun ps %s 2>/dev/null)'\n", after, how)
		}
	}
	for i := range flags {
		flag := &flags[i]
		s.WriteString(fishFlag(flag))
	}
	return s.String()
}

func fishFlag(flag *grammar.Flag) string {
	line := "complete -c slimrun -n __slimrun_run -l " + flag.Name
	for _, alias := range flag.Aliases {
		line += " -l " + alias
	}
	if flag.Short != "" {
		line += " -s " + flag.Short
	}
	return line + fishValues(flag) + " -d " + fishQuote(flag.Help) + "\n"
}

func fishValues(flag *grammar.Flag) string {
	if flag.Switch() {
		return ""
	}
	switch offerFor(flag) {
	case profiles:
		return " -x -a '(__slimrun_profiles)'"
	case choices:
		return " -x -a " + fishQuote(strings.Join(flag.Choices(), " "))
	case directories:
		return " -x -a '(__fish_complete_directories)'"
	case files:
		return " -r -F"
	}
	return " -x"
}

// fishQuote: in fish's single quotes a backslash escapes.
func fishQuote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

const fishRun = `
function __slimrun_run
    set -l words (commandline -opc)
    not contains -- -- $words; and not contains -- "$words[2]" %s
end

`

const fishHead = `# fish completion for slimrun, written by: slimrun completion fish

function __slimrun_first
    test (count (commandline -opc)) -eq 1
end

function __slimrun_after
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]
end


function __slimrun_payload
    set -l words (commandline -opc)
    set -e words[1..(contains -i -- -- $words)]
    complete -C (string join -- ' ' (string escape -- $words) (commandline -ct))
end

function __slimrun_profiles
    set -l home $XDG_CONFIG_HOME
    test -n "$home"; or set home $HOME/.config
    path basename $home/slimrun/profiles/* /etc/slimrun/profiles/*
end

function __slimrun_behind
    contains -- -- (commandline -opc)
end

complete -c slimrun -f
complete -c slimrun -n __slimrun_behind -x -a '(__slimrun_payload)'
complete -c slimrun -n __slimrun_run -a -- -d 'the command stands behind it'
`

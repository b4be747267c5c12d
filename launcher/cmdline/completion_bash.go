package cmdline

import (
	"fmt"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
)

// bash's script: behind "--" the payload's own completion, behind a flag its
// values, else flags. bash takes "--oom=kill" for three words.
func bash(flags grammar.Flags, words grammar.Words) string {
	var all []string
	for i := range flags {
		flag := &flags[i]
		all = append(all, flag.Spellings()...)
	}
	var s strings.Builder
	s.WriteString(bashHead)
	s.WriteString("\tcase $prev in\n")
	for i := range flags {
		flag := &flags[i]
		s.WriteString(bashValues(flag))
	}
	s.WriteString("\tesac\n\tcase ${COMP_WORDS[1]}-$COMP_CWORD in\n")
	for _, word := range words {
		fmt.Fprintf(&s, "\t%s-[2-9]) _slimrun_list %s; return ;;\n", word.Name, bashBehind(&word))
	}
	fmt.Fprintf(&s, "\t*-1) [[ $cur == -* ]] || { _slimrun_list %s; return; } ;;\n\tesac\n",
		quote(strings.Join(wordNames(words), " ")))
	fmt.Fprintf(&s, "\t_slimrun_list %s\n}\n\ncomplete -F _slimrun slimrun\n", quote(strings.Join(all, " ")+" --"))
	return s.String()
}

func bashBehind(word *grammar.Word) string {
	words := quote(strings.Join(behind(word), " "))
	if how := runsBehind(word); how != "" {
		words += `" $(_slimrun_runs ` + how + `)"`
	}
	return words
}

func bashValues(flag *grammar.Flag) string {
	if flag.Switch() {
		return ""
	}
	action := ""
	switch offerFor(flag) {
	case profiles:
		action = `_slimrun_list "$(_slimrun_profiles)"; `
	case choices:
		action = "_slimrun_list " + quote(strings.Join(flag.Choices(), " ")) + "; "
	case directories:
		action = "_slimrun_files -d; "
	case files:
		action = "_slimrun_files -f; "
	}
	return fmt.Sprintf("\t%s) %sreturn ;;\n", strings.Join(flag.Spellings(), " | "), action)
}

const bashHead = `# bash completion for slimrun, written by: slimrun completion bash

_slimrun_list() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }

_slimrun_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

_slimrun_runs() { "${COMP_WORDS[0]}" ps "$1" 2>/dev/null; }

_slimrun_profiles() {
	command ls -- "${XDG_CONFIG_HOME:-$HOME/.config}/slimrun/profiles" /etc/slimrun/profiles 2>/dev/null |
		command grep -v -e ':$' -e '^$'
}

_slimrun_payload() {
	if declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
	else
		_slimrun_files -f
	fi
}

_slimrun() {
	local i cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then
			_slimrun_payload $((i + 1))
			return
		fi
	done
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
`

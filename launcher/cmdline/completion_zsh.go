package cmdline

import (
	"fmt"
	"strings"

	"github.com/slimrun/slimrun/launcher/grammar"
)

// zsh's script, for a file _slimrun in $fpath as well as for source.
func zsh(flags grammar.Flags, words grammar.Words) string {
	var s strings.Builder
	s.WriteString(zshHead)
	for i := range flags {
		flag := &flags[i]
		for _, spelling := range flag.Spellings() {
			fmt.Fprintf(&s, "\t\t%s\n", quote(zshFlag(flag, spelling)))
		}
	}
	s.WriteString("\t)\n\tcase $CURRENT-$words[2] in\n")
	for _, word := range words {
		fmt.Fprintf(&s, "\t<3->-%s) compadd -- %s; return ;;\n", word.Name, zshBehind(&word))
	}
	s.WriteString("\tesac\n\tlocal -a words_here=(\n")
	for _, word := range words {
		fmt.Fprintf(&s, "\t\t%s\n", quote(word.Name+":"+word.Help))
	}
	s.WriteString(zshTail)
	return s.String()
}

func zshBehind(word *grammar.Word) string {
	words := strings.Join(behind(word), " ")
	if how := runsBehind(word); how != "" {
		words += ` ${(f)"$($words[1] ps ` + how + ` 2>/dev/null)"}`
	}
	return words
}

// zshFlag is a spec of _arguments: '(others)--flag=[help]:value:action'.
func zshFlag(flag *grammar.Flag, spelling string) string {
	others := "(" + strings.Join(flag.Spellings(), " ") + ")"
	if flag.Repeats() {
		others = "*"
	}
	spec := others + spelling
	if flag.Switch() {
		return spec + "[" + zshEscape(flag.Help, "[]") + "]"
	}
	if strings.HasPrefix(spelling, "--") {
		spec += "="
	} else {
		spec += "+"
	}
	return fmt.Sprintf("%s[%s]:%s:%s", spec, zshEscape(flag.Help, "[]"), zshEscape(flag.Placeholder, ":"),
		zshAction(flag))
}

func zshAction(flag *grammar.Flag) string {
	switch offerFor(flag) {
	case profiles:
		return "_slimrun_profiles"
	case choices:
		return "(" + strings.Join(flag.Choices(), " ") + ")"
	case directories:
		return "_files -/"
	case files:
		return "_files"
	}
	return " "
}

func zshEscape(text, special string) string {
	for _, c := range special {
		text = strings.ReplaceAll(text, string(c), `\`+string(c))
	}
	return text
}

const zshHead = `#compdef slimrun
# zsh completion for slimrun, written by: slimrun completion zsh

_slimrun_profiles() {
	local -a names=({${XDG_CONFIG_HOME:-$HOME/.config},/etc}/slimrun/profiles/*(N.:t))
	compadd -a names
}

_slimrun() {
	local i=${words[(i)--]}
	if (( i < CURRENT )); then
		words=("${(@)words[i+1,-1]}")
		(( CURRENT -= i ))
		_normal
		return
	fi
	local -a flags=(
`

const zshTail = `	)
	if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then
		_describe word words_here
		return
	fi
	if [[ $PREFIX == (|-) && ${words[CURRENT-1]} != -* ]]; then
		compadd -- --
	fi
	_arguments -S "$flags[@]"
}

if [[ $funcstack[1] == _slimrun ]]; then
	_slimrun "$@"
else
	compdef _slimrun slimrun
fi
`

package console

import (
	"fmt"
	"io"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/verdict"
)

// WordList is a line for each word: how it is typed, and what it does.
func WordList(words grammar.Words) (lines []string) {
	width := 0
	for _, word := range words {
		width = max(width, len(word.Name))
	}
	for _, word := range words {
		lines = append(lines, fmt.Sprintf("  slimrun %-*s  %s", width, word.Name, word.Brief()))
	}
	return lines
}

// Words shows what there is to type beside a run.
func (c Console) Words(words grammar.Words) {
	for _, line := range WordList(words) {
		c.say("%s", line)
	}
	c.say("hint: slimrun --help lists the flags")
}

// Script prints a shell's completion, on stdout, and is the exit status.
func (c Console) Script(text string) int {
	if _, err := io.WriteString(c.Out, text); err != nil {
		c.Error(err)
		return verdict.StatusFailed
	}
	return 0
}

package console

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain is a text that does nothing to a terminal: a command line, or a description,
// may hold whatever somebody wrote there.
func Plain(text string) string {
	if strings.IndexFunc(text, unsafe) < 0 && utf8.ValidString(text) {
		return text
	}
	return strings.Map(func(c rune) rune {
		if unsafe(c) || c == utf8.RuneError {
			return '?'
		}
		return c
	}, text)
}

// unsafe characters move the cursor, or turn the writing round.
func unsafe(c rune) bool { return unicode.IsControl(c) || unicode.Is(unicode.Cf, c) }

// columns is how much room a text takes at a terminal.
func columns(text string) (n int) {
	for _, c := range text {
		n += runeColumns(c)
	}
	return n
}

// wide are the scripts that terminals show twice as wide (UAX 11, "W" and "F").
var wide = []struct{ first, last rune }{
	{0x1100, 0x115f},
	{0x2e80, 0xa4cf},
	{0xac00, 0xd7a3},
	{0xf900, 0xfaff},
	{0xfe30, 0xfe6f},
	{0xff00, 0xff60},
	{0xffe0, 0xffe6},
	{0x1f300, 0x1faff},
	{0x20000, 0x3fffd},
}

func runeColumns(c rune) int {
	if c < wide[0].first {
		if unicode.Is(unicode.Mn, c) {
			return 0
		}
		return 1
	}
	for _, r := range wide {
		if c >= r.first && c <= r.last {
			return 2
		}
	}
	return 1
}

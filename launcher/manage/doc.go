// Package manage has the words of `slimrun WORD`, one file each: what may stand
// behind the word, and what it does. A new word is a file here and a place in
// Words; help, completion and man page come from its row.
//
// When not to use it: for what a word finds out or changes; doctor examines,
// unit asks systemd.
package manage

// Package grammar describes what may stand on slimrun's command line: flags and
// words, one row each. A row says everything that anybody needs to know of it,
// so that help, completion, man page, profiles and both readers of the command
// line are made from rows, and nobody else knows a flag by its name.
//
// The rows of a run's flags are in package spec, beside what their values become;
// those of a word are in the word's own file.
//
// When not to use it: to take a command line apart; that is cmdline's.
package grammar

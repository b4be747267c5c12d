// Package conclude says and writes what came of a run: its words, its report, its
// picture, its line in the history.
//
// When not to use it: for why a run ended, which is package verdict's affair, or for
// the words, which are console's.
package conclude

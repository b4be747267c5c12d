// Package sizing says what limits a command's past runs speak for. The rule, its
// reasons, and what it was held against are in docs/sizing.md.
//
// When not to use it: for a command without a past; it does not guess.
package sizing

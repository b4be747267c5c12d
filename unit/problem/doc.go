// Package problem is the one type of errors whose remedy is known. The text
// names the thing and what was expected; the hint names the command or the flag
// that mends it, and is printed on a line of its own.
//
// When not to use it: for an error nobody can do anything about. A hint that
// does not help is worse than none.
package problem

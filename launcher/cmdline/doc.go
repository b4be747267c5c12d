// Package cmdline reads slimrun's own command line as far as a parser of
// flags cannot: the split at "--", the words before it one by one, so that
// every mistake is named and none becomes the command, and the flags of a
// profile. An ordinary line it reads by itself (Quick). It also writes the
// shells' completion.
//
// It knows flags by their rows alone (package grammar).
//
// When not to use it: to learn what a value means; that is spec.New's.
package cmdline

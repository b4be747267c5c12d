// Package spec is what was asked of a run, read and valid: every value has
// been parsed, every contradiction is an error, and all errors come at once.
//
// When not to use it: to read a command line; cmdline takes the words apart
// and hands their values over.
package spec

// Package plan turns a spec into what systemd is asked for: the properties of
// the scope, and for --dry-run the whole of it beside the systemd-run command
// that comes nearest. It asks nobody anything.
//
// When not to use it: to ask systemd; the launcher does, by way of package unit.
package plan

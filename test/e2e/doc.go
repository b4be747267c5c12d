// Package e2e holds the end-to-end scenarios of slimrun: scripts that a user could
// type, in scenarios/, run by testscript as they are on every kind of machine and
// as every kind of user. test/README.md says how to write one; test/vm runs them.
package e2e

// Package enter has a command executed in a run that there is (slimrun exec): the
// payload is looked into, a child is held, goes where the payload is, and executes the
// command with what the payload has, and no more. nsinit/inside/join.go draws it.
//
// When not to use it: for a run of its own; package launcher tells that story.
package enter

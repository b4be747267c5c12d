// Payload says "here", waits for the end of its stdin, and exits with 7. It makes three
// system calls, which slimrun makes none of: what fails there fails in slimrun.
//
// It is to be linked with -E main.entry, and so starts no Go (nsinit/inside does so, too).
package main

func entry()

func main() { entry() }

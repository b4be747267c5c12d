// Package output is a file for what slimrun writes when a run is over, such as the
// report. It is opened before the payload runs, so that what cannot be written is
// known at once, and with the rights and by the path of that moment: what the payload
// puts in its place meanwhile is not followed.
//
// When not to use it: for words to a person; those are console's.
package output

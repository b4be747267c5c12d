// Package console owns every word, table and picture that a person sees;
// nothing else prints.
//
// Its rules: slimrun's own words go to stderr, prefixed "slimrun: ", lower
// case, without a full stop; advice stands on a line of its own, "hint: …".
// stdout is the payload's, except for what was asked for there.
//
// When not to use it: to find something out. What is said is handed over: by package
// verdict, runs, doctor, plan.
package console

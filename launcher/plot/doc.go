// Package plot draws a run as a picture: an SVG of some ten KiB that any browser
// shows, on light and on dark ground, its curves labelled where they are.
//
//	memory     working set, the cache on top of it, the limit, kills, changes of the limit
//	CPU        how many CPUs it kept busy, and when it was throttled
//	pressure   the share of time in which somebody waited for memory, I/O, CPU
//
// When not to use it: for figures to be read by a program; those are in the report.
package plot

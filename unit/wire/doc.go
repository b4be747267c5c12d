// Package wire is one D-Bus connection to a systemd: a socket connected to, the
// greeting, questions and their replies, and the signals that come unasked. It
// is one, where go-systemd's own has two, and without the goroutines of godbus's
// own, which took a dozen changes of thread for each launch.
//
// When not to use it: for another service than systemd, or from two goroutines at a
// time.
package wire

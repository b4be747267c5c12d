// Package version says which slimrun this is, however it was built. It reads what Go
// keeps in the binary only when it is asked, so a launch pays nothing for it. Not for
// the versions of anything else: systemd's and the kernel's are found by trying.
package version

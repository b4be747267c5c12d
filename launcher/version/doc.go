// Package version says which slimrun this is, however it was built. It reads what Go
// keeps in the binary only when it is asked, so a launch pays nothing for it.
//
// When not to use it: for the version of anything else. What systemd and the kernel can do
// is found by trying.
package version

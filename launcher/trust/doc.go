// Package trust says who could have put something where a path leads: the path is
// walked one name at a time, and whatever lies on it, directories and links, is
// looked at as it is gone through.
//
// When not to use it: for a path that the caller typed to have it opened with the
// caller's own rights, and for places inside a root (nsinit/files).
package trust

// Package adopt puts processes that run already, and their descendants, into a scope of
// their own with proven limits (slimrun adopt), and lets go of them. The scope is made
// around a held child and proven with that; only then is anybody moved.
//
// When not to use it: for what slimrun starts itself, which is born under its limits;
// what is adopted has memory that is charged elsewhere.
package adopt

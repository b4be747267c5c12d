package main

import (
	"fmt"
	"strings"
)

// A suite is one kind of machine and the users who run the scenarios on it.
type suite struct {
	name    string
	release string // of Debian; empty for this machine itself
	init    string // what is PID 1; empty for systemd
	users   []string
}

var allSuites = []suite{
	{name: "native", users: nativeUsers()},
	{name: "bookworm", release: "bookworm", users: []string{"root", "alice", "bob"}},
	{name: "trixie", release: "trixie", users: []string{"root", "alice", "bob"}},
	{name: "nosystemd", release: "trixie", init: "/usr/local/sbin/slimrun-init", users: []string{"root", "bob"}},
}

func (s suite) native() bool { return s.release == "" }

// env names one column of the table, such as "trixie/alice".
func (s suite) env(user string) string { return s.name + "/" + user }

func suiteNames() string {
	names := make([]string, len(allSuites))
	for i, s := range allSuites {
		names[i] = s.name
	}
	return strings.Join(names, " ")
}

// findSuites returns the named suites, or all of them when none is named.
func findSuites(names []string) ([]suite, error) {
	if len(names) == 0 {
		return allSuites, nil
	}
	var found []suite
	for _, name := range names {
		s, err := findSuite(name)
		if err != nil {
			return nil, err
		}
		found = append(found, s)
	}
	return found, nil
}

func findSuite(name string) (suite, error) {
	for _, s := range allSuites {
		if s.name == name {
			return s, nil
		}
	}
	return suite{}, fmt.Errorf("no suite is called %q: there are %s", name, suiteNames())
}

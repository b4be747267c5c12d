package nsinit

import (
	"fmt"
	"os"
	"strings"

	"github.com/slimrun/slimrun/nsinit/inside"
)

// hierarchies are the mounted cgroups.
func hierarchies(a *arena) (found []inside.Hierarchy, err error) {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("reading the mounts: %w", err)
	}
	for line := range strings.Lines(string(table)) {
		place, kind, options, ok := parseHierarchy(line)
		if !ok {
			continue
		}
		settings := make([]inside.Option, len(options))
		for i, option := range options {
			name, value, isString := strings.Cut(option, "=")
			settings[i].Name = a.text(name)
			if isString {
				settings[i].Value = a.text(value)
			}
		}
		found = append(found, inside.Hierarchy{Place: a.text(place), Kind: a.text(kind), Options: put(a, settings)})
	}
	return found, nil
}

// parseHierarchy reads a line of mountinfo that is a cgroup mount: "ID PARENT
// MAJ:MIN ROOT PLACE OPTIONS ... - TYPE SOURCE SUPER-OPTIONS". The options are
// v1's: a hierarchy's controllers, or its name.
func parseHierarchy(line string) (place, kind string, options []string, ok bool) {
	mount, super, ok := strings.Cut(strings.TrimSpace(line), " - ")
	fields, ends := strings.Fields(mount), strings.Fields(super)
	if !ok || len(fields) < 5 || len(ends) < 3 || ends[0] != "cgroup" && ends[0] != "cgroup2" {
		return "", "", nil, false
	}
	if ends[0] == "cgroup2" {
		return fields[4], ends[0], nil, true
	}
	for _, word := range strings.Split(ends[2], ",") {
		if name, _, _ := strings.Cut(word, "="); word != "rw" && word != "ro" && name != "release_agent" {
			options = append(options, word)
		}
	}
	return fields[4], ends[0], options, true
}

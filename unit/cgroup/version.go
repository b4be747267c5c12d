package cgroup

import (
	"path/filepath"
	"slices"
	"strings"
)

// Version is what mountinfo shows below /sys/fs/cgroup: "v2", "v1", "hybrid" or
// "".
func Version(mountinfo string) string {
	v1, top, below := false, false, false
	for line := range strings.Lines(mountinfo) {
		before, after, _ := strings.Cut(line, " - ")
		place, fs := strings.Fields(before), strings.Fields(after)
		if len(place) < 5 || len(fs) == 0 || !strings.HasPrefix(place[4], Root) {
			continue
		}
		v1 = v1 || fs[0] == "cgroup"
		top = top || fs[0] == "cgroup2" && place[4] == Root
		below = below || fs[0] == "cgroup2" && place[4] != Root
	}
	switch {
	case top:
		return "v2"
	case v1 && below:
		return "hybrid"
	case v1:
		return "v1"
	}
	return ""
}

// Controllers are those of a v2 cgroup; read returns a file, trimmed.
func Controllers(read func(name string) string, group string) []string {
	return strings.Fields(read(filepath.Join(Root, group, "cgroup.controllers")))
}

// MountedControllers are v1's, by v2's names.
func MountedControllers(mountinfo string) (names []string) {
	for line := range strings.Lines(mountinfo) {
		_, fs, _ := strings.Cut(line, " - cgroup ")
		if fields := strings.Fields(fs); len(fields) > 1 {
			names = append(names, strings.Split(fields[1], ",")...)
		}
	}
	if slices.Contains(names, "blkio") {
		names = append(names, "io")
	}
	return names
}

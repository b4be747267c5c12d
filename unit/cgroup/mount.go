package cgroup

import (
	"fmt"
	"strings"

	"github.com/slimrun/slimrun/unit/linux"
)

// Mounts are the hierarchies: controller → mount, the v2 tree under "",
// systemd's own under "name=systemd".
type Mounts map[string]Mount

// Mount is a hierarchy: where it is mounted, and which part of it.
type Mount struct{ Point, Root string }

func (m Mount) dir(own string) string {
	return m.Point + strings.TrimPrefix(own, strings.TrimSuffix(m.Root, "/"))
}

// FindMounts reads /proc/self/mountinfo.
func FindMounts() (Mounts, error) {
	content, err := linux.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("finding the cgroup hierarchies: %w", err)
	}
	return parseMounts(content), nil
}

// put takes a mount of a hierarchy: the one at the usual place, else the first; of
// several there the last, which hides the others. A part of a hierarchy that is
// mounted elsewhere too is somebody's affair.
func (m Mounts) put(name string, mount Mount) {
	usual := func(m Mount) bool { return strings.HasPrefix(m.Point+"/", Root+"/") }
	if before, there := m[name]; !there || before.Point == mount.Point || usual(mount) && !usual(before) {
		m[name] = mount
	}
}

// parseMounts finds the cgroup mounts in mountinfo.
func parseMounts(mountinfo string) Mounts {
	mounts := Mounts{}
	for line := range strings.Lines(mountinfo) {
		before, after, _ := strings.Cut(line, " - ")
		if !strings.HasPrefix(after, "cgroup") {
			continue // most lines
		}
		place, fs := strings.Fields(before), strings.Fields(after)
		if len(place) < 5 || len(fs) < 3 {
			continue
		}
		switch fs[0] {
		case "cgroup2":
			mounts.put("", Mount{place[4], place[3]})
		case "cgroup":
			for _, option := range strings.Split(fs[2], ",") {
				mounts.put(option, Mount{place[4], place[3]})
			}
		}
	}
	return mounts
}

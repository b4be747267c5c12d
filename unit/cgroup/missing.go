package cgroup

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Missing is what this kernel keeps in cgroup v1 and is mounted nowhere here.
type Missing struct {
	controllers []string // of a hierarchy each, as mount(8) takes them: "memory", "cpu,cpuacct"
	systemds    bool     // name=systemd is not mounted
	bare        bool     // nor is anything at Root, so that there is no room for a mount
	v1          bool     // the kernel has memory there, or tasks: what runs are limited by
}

// FindMissing looks where this process is.
func FindMissing() Missing {
	lines, _ := os.ReadFile("/proc/self/cgroup")
	mountinfo, _ := os.ReadFile("/proc/self/mountinfo")
	return MissingOf(string(lines), string(mountinfo))
}

// MissingOf holds the lines of /proc/PID/cgroup against the mounts.
func MissingOf(lines, mountinfo string) (m Missing) {
	mounts := parseMounts(mountinfo)
	_, named := mounts["name=systemd"]
	m.systemds, m.bare = !named, !strings.Contains(mountinfo, " "+Root+" ")
	for line := range strings.Lines(lines) {
		parts := strings.SplitN(line, ":", 3)
		if len(parts) < 3 || parts[1] == "" || strings.HasPrefix(parts[1], "name=") {
			continue
		}
		together := strings.Split(parts[1], ",")
		m.v1 = m.v1 || slices.Contains(together, "memory") || slices.Contains(together, "pids")
		if _, mounted := mounts[together[0]]; !mounted {
			m.controllers = append(m.controllers, parts[1])
		}
	}
	return m
}

// Of is the hierarchy of one controller; false where that is not what is missing.
func (m Missing) Of(controller string) (Missing, bool) {
	for _, together := range m.controllers {
		if slices.Contains(strings.Split(together, ","), v1Controller(controller)) {
			return Missing{controllers: []string{together}, bare: m.bare, v1: true}, true
		}
	}
	return Missing{}, false
}

// Command mounts it: v1's hierarchies where the kernel keeps controllers, as the v2 tree
// then has none of those; else the v2 tree, with the options that it has by systemd: in
// the machine's own namespaces a mount without them takes them from everybody.
func (m Missing) Command() string {
	if !m.v1 {
		return "mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 " + Root
	}
	var steps []string
	if m.bare {
		steps = append(steps, "mount -t tmpfs -o mode=755 cgroup "+Root)
	}
	if m.systemds {
		steps = append(steps, mountV1("systemd", "none,name=systemd"))
	}
	switch len(m.controllers) {
	case 0:
	case 1:
		steps = append(steps, mountV1(m.controllers[0], m.controllers[0]))
	default:
		each := mountV1("$c", "$c")
		steps = append(steps, fmt.Sprintf("for c in %s; do %s; done", strings.Join(m.controllers, " "), each))
	}
	return strings.Join(steps, " && ")
}

func mountV1(name, options string) string {
	return fmt.Sprintf("mkdir -p %[1]s/%[2]s && mount -t cgroup -o %[3]s cgroup %[1]s/%[2]s", Root, name, options)
}

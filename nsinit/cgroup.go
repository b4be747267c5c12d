package nsinit

import (
	"strings"

	"golang.org/x/sys/unix"
)

// cgroupNamespace makes the scope the root of what the payload sees. Only the
// calling thread is in the new namespace: the one that mounts and forks.
func (c *Config) cgroupNamespace() *Failure {
	if !c.Unshare.Cgroup {
		return nil
	}
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fail("making the cgroup namespace", "", err)
	}
	return nil
}

// ownCgroups mounts every cgroup hierarchy again where it is, from the new
// namespace's root down and read-only. On v1 one that systemd does not put the
// scope into keeps its old root.
func (c *Config) ownCgroups() *Failure {
	if !c.Unshare.Cgroup || !c.Private {
		return nil
	}
	table, err := readFile("/proc/self/mountinfo")
	if err != nil {
		return fail("reading the mounts", "", err)
	}
	for line := range strings.Lines(table) {
		if h, ok := parseHierarchy(line); ok {
			if failure := h.remount(); failure != nil {
				return failure
			}
		}
	}
	return nil
}

// hierarchy is a line of mountinfo that is a cgroup mount.
type hierarchy struct {
	place   string
	kind    string   // cgroup, cgroup2
	options []option // v1: its controllers, or its name
}

// parseHierarchy reads "ID PARENT MAJ:MIN ROOT PLACE OPTIONS ... - TYPE SOURCE
// SUPER-OPTIONS".
func parseHierarchy(line string) (h hierarchy, ok bool) {
	mount, super, ok := strings.Cut(strings.TrimSpace(line), " - ")
	fields, ends := strings.Fields(mount), strings.Fields(super)
	if !ok || len(fields) < 5 || len(ends) < 3 || ends[0] != "cgroup" && ends[0] != "cgroup2" {
		return h, false
	}
	h.place, h.kind = fields[4], ends[0]
	if h.kind == "cgroup2" {
		return h, true
	}
	for _, word := range strings.Split(ends[2], ",") {
		name, value, _ := strings.Cut(word, "=")
		if word != "rw" && word != "ro" && name != "release_agent" {
			h.options = append(h.options, option{name, value})
		}
	}
	return h, true
}

func (h hierarchy) remount() *Failure {
	fd, failure := newMount(h.kind, plain|unix.MOUNT_ATTR_NOEXEC|unix.MOUNT_ATTR_RDONLY, h.options...)
	if failure != nil {
		return failure
	}
	defer unix.Close(fd)
	if err := unix.MoveMount(fd, "", unix.AT_FDCWD, h.place, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fail("mounting the cgroups", h.place, err)
	}
	return nil
}

func readFile(path string) (string, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	var text []byte
	var block [4096]byte
	for {
		n, err := unix.Read(fd, block[:])
		if err != nil || n <= 0 {
			return string(text), err
		}
		text = append(text, block[:n]...)
	}
}

package target

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Namespace is one of the process's.
type Namespace struct {
	Kind int // CLONE_NEW*
	File *os.File
}

// kinds are those there are, by the names of /proc/PID/ns.
var kinds = [...]struct {
	name string
	flag int
}{
	{"user", unix.CLONE_NEWUSER},
	{"pid", unix.CLONE_NEWPID},
	{"net", unix.CLONE_NEWNET},
	{"ipc", unix.CLONE_NEWIPC},
	{"uts", unix.CLONE_NEWUTS},
	{"cgroup", unix.CLONE_NEWCGROUP},
	{"time", unix.CLONE_NEWTIME},
	{"mnt", unix.CLONE_NEWNS},
}

// openNamespaces opens those in which this process is not, and sees that they are
// those that were looked at.
func (t *Target) openNamespaces(i identity) error {
	for n, kind := range kinds {
		if own(kind.name) == i.spaces[n] {
			continue
		}
		file, err := os.Open(t.proc("ns/" + kind.name))
		if err != nil {
			return err
		}
		t.Namespaces = append(t.Namespaces, Namespace{kind.flag, file})
		var st unix.Stat_t
		if err := unix.Fstat(int(file.Fd()), &st); err != nil {
			return err
		}
		if fmt.Sprintf("%s:[%d]", kind.name, st.Ino) != i.spaces[n] {
			return errChanges
		}
	}
	if !t.differs(unix.CLONE_NEWUSER) {
		return nil
	}
	for n, file := range []string{"uid_map", "gid_map"} {
		text, err := os.ReadFile(t.proc(file))
		if err != nil {
			return err
		}
		t.ids[n] = parseMap(string(text))
	}
	return nil
}

// own is this process's own one, "" where the kernel has none.
func own(kind string) string {
	link, err := os.Readlink("/proc/self/ns/" + kind)
	if err != nil {
		return ""
	}
	return link
}

func (t *Target) differs(kind int) bool {
	return slices.ContainsFunc(t.Namespaces, func(n Namespace) bool { return n.Kind == kind })
}

// idMap is /proc/PID/uid_map as it is seen from here: ids inside, outside, how many.
type idMap [][3]uint64

func parseMap(text string) (m idMap) {
	for line := range strings.Lines(text) {
		var one [3]uint64
		if _, err := fmt.Sscan(line, &one[0], &one[1], &one[2]); err == nil {
			m = append(m, one)
		}
	}
	return m
}

// inside is an id as the process's user namespace has it.
func (m idMap) inside(outside uint32) (uint32, bool) {
	for _, one := range m {
		if id := uint64(outside); id >= one[1] && id < one[1]+one[2] {
			return uint32(one[0] + id - one[1]), true
		}
	}
	return 0, false
}

// UIDInside is a uid as the process has it, GIDInside a gid.
func (t *Target) UIDInside(uid uint32) (uint32, error) { return t.inside(0, "uid", uid) }
func (t *Target) GIDInside(gid uint32) (uint32, error) { return t.inside(1, "gid", gid) }

func (t *Target) inside(which int, what string, outside uint32) (uint32, error) {
	if !t.differs(unix.CLONE_NEWUSER) {
		return outside, nil
	}
	id, ok := t.ids[which].inside(outside)
	if !ok {
		return 0, fmt.Errorf("%s %d has no number in the run's user namespace", what, outside)
	}
	return id, nil
}

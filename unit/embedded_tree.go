package unit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/problem"
)

// tree is the embedded manager's root cgroup: one directory on v2, one in
// each hierarchy on v1 and hybrid. It is the only cgroup that slimrun makes.
type tree []branch

// branch is the manager's root in one hierarchy.
type branch struct {
	controllers string // "memory", "cpu,cpuacct", "name=systemd"; "" for v2
	parent      string // the top of the hierarchy, as far as it is mounted here
	dir         string
}

// findTree places the tree at the top of what is mounted: it is everybody's,
// not its first caller's. The name is the registry's own inode: containers
// that share a hierarchy but not /run must not clean up each other's manager.
func (r registry) findTree() (tree, error) {
	var st unix.Stat_t
	if err := unix.Stat(r.dir, &st); err != nil {
		return nil, fmt.Errorf("naming the cgroup: %w", err)
	}
	name := fmt.Sprintf("slimrun-%x-%x", st.Dev, st.Ino)
	if isCgroup2(cgroupRoot) {
		return tree{newBranch("", cgroupRoot, name)}, nil
	}
	mounts, err := hierarchies()
	if err != nil {
		return nil, err
	}
	lines, err := cgroupLines("self")
	if err != nil {
		return nil, err
	}
	return legacyTree(lines, mounts, name)
}

func newBranch(controllers, parent, name string) branch {
	return branch{controllers, parent, filepath.Join(parent, name)}
}

// legacyTree has a branch for each line of /proc/self/cgroup
// ("2:cpu,cpuacct:/") whose hierarchy is mounted. Errors: systemd's is not.
func legacyTree(lines string, mounts map[string]mount, name string) (tree, error) {
	var t tree
	named := false
	for line := range strings.Lines(lines) {
		parts := strings.SplitN(line, ":", 3)
		if len(parts) < 3 {
			continue
		}
		first, _, _ := strings.Cut(parts[1], ",")
		m, mounted := mounts[first]
		if !mounted {
			continue
		}
		named = named || first == "name=systemd"
		t = append(t, newBranch(parts[1], m.point, name))
	}
	switch {
	case named:
		return t, nil
	case len(t) > 1:
		return nil, problem.Errorf("`mkdir -p /sys/fs/cgroup/systemd && mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd`",
			"cgroup v1 is mounted, but not systemd's own hierarchy (name=systemd)")
	}
	return nil, problem.Errorf("`mount -t cgroup2 cgroup2 /sys/fs/cgroup`", "no cgroup file system is mounted at %q", cgroupRoot)
}

// gate is the cgroup in which v2's held children are born. The manager lives
// in a cgroup namespace, and with nsdelegate the kernel lets it move nobody
// who comes from outside of that (cgroup_procs_write_permission); in the root
// itself there must be nobody but systemd. "" on v1, which has no such rule.
func (t tree) gate() string {
	if t.v1() {
		return ""
	}
	return filepath.Join(t[0].dir, "gate")
}

func (t tree) v1() bool { return len(t) != 1 || t[0].controllers != "" }

// create makes the directories, and on v2 hands them the controllers.
func (t tree) create() error {
	if !t.v1() {
		if err := requireEmpty(t[0].parent); err != nil {
			return err
		}
	}
	for _, b := range t {
		if err := b.create(); err != nil {
			return fmt.Errorf("making the cgroup %q: %w", b.dir, err)
		}
	}
	if t.v1() {
		return nil
	}
	return enableControllers(t[0].parent)
}

func (b branch) create() error {
	err := os.Mkdir(b.dir, 0o755)
	switch {
	case errors.Is(err, unix.EROFS):
		return problem.Errorf("`mount -o remount,rw "+b.parent+"`, or start the container with a cgroup file system that it may write: `docker run --privileged`", "%w", err)
	case err != nil:
		return err
	case strings.Contains(b.controllers, "cpuset"):
		return errors.Join(b.inherit("cpuset.cpus"), b.inherit("cpuset.mems"))
	}
	return nil
}

// inherit copies a file from the parent: v1's cpuset starts empty, and takes
// no process so.
func (b branch) inherit(file string) error {
	content, err := os.ReadFile(filepath.Join(b.parent, file))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.dir, file), content, 0)
}

// requireEmpty: a cgroup with processes gives its children no controller but
// the threaded ones, and enabling those makes the children useless ("domain
// invalid", EOPNOTSUPP). So look before touching it. The true root, which has
// no cgroup.type, is exempt.
func requireEmpty(root string) error {
	if _, err := os.Stat(filepath.Join(root, "cgroup.type")); err != nil {
		return ignoreMissing(err)
	}
	processes, err := os.ReadFile(filepath.Join(root, "cgroup.procs"))
	if err == nil && len(processes) > 0 {
		return problem.Errorf(fmt.Sprintf("move them first: `mkdir %[1]s/init && xargs -rn1 <%[1]s/cgroup.procs >%[1]s/init/cgroup.procs`", root),
			"the container's root cgroup %q holds processes, so it cannot hand controllers to its children", root)
	}
	return err
}

// enableControllers hands every controller of the v2 root to its children, one
// by one: one that cannot be (cpu beside realtime processes) leaves the others
// their work, and the proof of a limit that needs it will name it. They stay
// on when the manager ends: somebody else may rely on them by then.
func enableControllers(root string) error {
	content, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("reading the controllers: %w", err)
	}
	for _, controller := range strings.Fields(string(content)) {
		os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+"+controller), 0)
	}
	return nil
}

// join moves this process, the manager to be, into the tree. On v2 no other
// process may ever be in it, or systemd cannot enable a controller.
func (t tree) join() error {
	for _, b := range t {
		if err := os.WriteFile(filepath.Join(b.dir, "cgroup.procs"), []byte("0"), 0); err != nil {
			return fmt.Errorf("entering the cgroup %q: %w", b.dir, err)
		}
	}
	return nil
}

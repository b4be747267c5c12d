package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/problem"
)

// tree is the embedded manager's root cgroup: one directory on v2, one in
// each hierarchy on v1 and hybrid. Only in there slimrun makes cgroups.
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
	name := fmt.Sprintf("%s%x-%x", treePrefix, st.Dev, st.Ino)
	if cgroup.OnlyV2() {
		return tree{newBranch("", cgroup.Root, name)}, nil
	}
	mounts, err := cgroup.FindMounts()
	if err != nil {
		return nil, err
	}
	lines, err := cgroup.Lines("self")
	if err != nil {
		return nil, err
	}
	t, err := legacyTree(lines, mounts, name)
	if err != nil {
		return nil, problem.Of(err, "`"+cgroup.FindMissing().Command()+"`")
	}
	return t, nil
}

const treePrefix = "slimrun-"

// IsTree says whether a cgroup's name is that of an embedded manager's root.
func IsTree(name string) bool {
	device, inode, ok := strings.Cut(strings.TrimPrefix(name, treePrefix), "-")
	return ok && strings.HasPrefix(name, treePrefix) && strings.Trim(device+inode, "0123456789abcdef") == "" &&
		device != "" && inode != ""
}

func newBranch(controllers, parent, name string) branch {
	return branch{controllers, parent, filepath.Join(parent, name)}
}

// legacyTree has a branch for each line of /proc/self/cgroup
// ("2:cpu,cpuacct:/") whose hierarchy is mounted. Errors: systemd's is not.
func legacyTree(lines string, mounts cgroup.Mounts, name string) (tree, error) {
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
		t = append(t, newBranch(parts[1], m.Point, name))
	}
	switch {
	case named:
		return t, nil
	case len(t) > 1:
		return nil, errors.New("cgroup v1 is mounted, but not systemd's own hierarchy (name=systemd)")
	}
	return nil, fmt.Errorf("no cgroup file system is mounted at %q", cgroup.Root)
}

// cloneDir is the cgroup into which v2's held children are cloned. The manager lives
// in a cgroup namespace, and with nsdelegate the kernel lets it move nobody
// who comes from outside of that (cgroup_procs_write_permission); in the root
// itself there must be nobody but systemd. "" on v1, which has no such rule.
func (t tree) cloneDir() string {
	if t.v1() {
		return ""
	}
	return filepath.Join(t[0].dir, "gate")
}

func (t tree) v1() bool { return len(t) != 1 || t[0].controllers != "" }

// systemds is the directory in the hierarchy in which systemd keeps every unit.
func (t tree) systemds() string {
	for _, b := range t {
		if b.controllers == "name=systemd" {
			return b.dir
		}
	}
	return t[0].dir
}

// create makes the directories, and on v2 hands them the controllers.
func (t tree) create() error {
	if !t.v1() {
		if err := cgroup.RequireEmpty(t[0].parent); err != nil {
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
	return cgroup.EnableControllers(t[0].parent)
}

func (b branch) create() error {
	err := os.Mkdir(b.dir, 0o755)
	switch {
	case err != nil:
		return b.explain(err)
	case strings.Contains(b.controllers, "cpuset"):
		return cgroup.InheritCPUs(b.dir)
	}
	return nil
}

// explain says how a file system comes to be written.
func (b branch) explain(err error) error {
	if !errors.Is(err, unix.EROFS) {
		return err
	}
	return problem.Of(err, cgroup.WriteHint(b.parent))
}

// dying is how long the processes of a dead manager may take to be gone.
const dying = 3 * time.Second

// abandoned checks that no process is in the tree, whose manager is dead as far as the
// registry knows: with a manager all die that it runs, for which they get a while. One
// that lives there has lost its registry, and is left alone.
func (t tree) abandoned() error {
	for _, b := range t {
		pid, err := cgroup.AnyProcess(b.dir)
		for end := time.Now().Add(dying); pid != 0 && err == nil && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
			pid, err = cgroup.AnyProcess(b.dir)
		}
		if err != nil {
			return fmt.Errorf("looking for a manager in the cgroup %q: %w", b.dir, err)
		}
		if pid != 0 {
			return problem.Errorf(t.endHint(), "an embedded manager lives in the cgroup %q (process %d), though its "+
				"files were deleted", b.dir, pid)
		}
	}
	return nil
}

// endHint is how a manager ends that nobody can reach: by its parent, the supervisor.
func (t tree) endHint() string {
	const itself = "it ends with its last run"
	manager, err := cgroup.AnyProcess(filepath.Join(t.systemds(), "init.scope"))
	if err != nil || manager <= 0 {
		return itself
	}
	return fmt.Sprintf("%s; `kill $(ps -o ppid= -p %d)` ends it and all of them", itself, manager)
}

// join moves this process, the manager to be, into the tree. On v2 no other
// process may ever be in it, or systemd cannot enable a controller.
func (t tree) join() error {
	for _, b := range t {
		if err := cgroup.Enter(b.dir); err != nil {
			return err
		}
	}
	return nil
}

// remove removes the directories bottom-up, and before them whoever has
// outlived the manager there (its own death may still be under way).
func (t tree) remove() error {
	var errs []error
	for _, b := range t {
		errs = append(errs, b.explain(cgroup.Remove(b.dir)))
	}
	return errors.Join(errs...)
}

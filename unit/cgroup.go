package unit

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// cgroupRoot is where every systemd since 2009 mounts the hierarchies.
const cgroupRoot = "/sys/fs/cgroup"

// Cgroup is where a process lives: one directory on v2, one for each
// controller on v1 and hybrid.
type Cgroup struct {
	Path    string            // as /proc/PID/cgroup says, in systemd's own hierarchy
	unified string            // directory in the v2 tree, "" where there is none
	dirs    map[string]string // v1: controller → directory; nil on pure v2
}

// CgroupOf finds the cgroup of a process. Errors: the process is gone, or
// /sys/fs/cgroup shows no cgroup file system.
func CgroupOf(pid string) (Cgroup, error) {
	lines, err := cgroupLines(pid)
	if err != nil {
		return Cgroup{}, err
	}
	return cgroupIn(lines, hierarchies)
}

func cgroupLines(pid string) (string, error) {
	content, err := linux.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		return "", fmt.Errorf("finding the cgroup of process %s: %w", pid, err)
	}
	return strings.TrimSuffix(content, "\n"), nil
}

// cgroupIn puts lines of /proc/PID/cgroup and the mounts together; on pure v2
// those are not even looked at.
func cgroupIn(lines string, hierarchies func() (map[string]mount, error)) (Cgroup, error) {
	if own, ok := strings.CutPrefix(lines, "0::"); ok && isCgroup2(cgroupRoot) {
		return Cgroup{Path: own, unified: cgroupRoot + own}, nil
	}
	mounts, err := hierarchies()
	if err != nil {
		return Cgroup{}, err
	}
	return legacyCgroup(strings.Split(lines, "\n"), mounts)
}

func isCgroup2(dir string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(dir, &fs) == nil && fs.Type == unix.CGROUP2_SUPER_MAGIC
}

// legacyCgroup joins the lines of /proc/PID/cgroup ("4:memory:/path") with
// the mounts that show those hierarchies.
func legacyCgroup(lines []string, mounts map[string]mount) (Cgroup, error) {
	cgroup := Cgroup{dirs: map[string]string{}}
	for _, line := range lines {
		parts := strings.SplitN(line, ":", 3)
		if len(parts) < 3 {
			continue
		}
		for _, controller := range strings.Split(parts[1], ",") {
			cgroup.place(controller, parts[2], mounts)
		}
	}
	if cgroup.Path == "" {
		return Cgroup{}, fmt.Errorf("no hierarchy of systemd's is mounted below %s", cgroupRoot)
	}
	return cgroup, nil
}

func (c *Cgroup) place(controller, own string, mounts map[string]mount) {
	m, ok := mounts[controller]
	if !ok {
		return
	}
	switch controller {
	case "":
		c.unified = m.dir(own)
	case "name=systemd":
		c.Path = own
	}
	c.dirs[controller] = m.dir(own)
}

// mount is a cgroup hierarchy: where it is mounted, and which part of it.
type mount struct{ point, root string }

func (m mount) dir(own string) string {
	return m.point + strings.TrimPrefix(own, strings.TrimSuffix(m.root, "/"))
}

// hierarchies reads /proc/self/mountinfo.
func hierarchies() (map[string]mount, error) {
	content, err := linux.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("finding the cgroup hierarchies: %w", err)
	}
	return parseMounts(content), nil
}

// parseMounts finds the cgroup mounts in mountinfo: controller → mount, the v2
// tree under "", systemd's own under "name=systemd".
func parseMounts(mountinfo string) map[string]mount {
	mounts := map[string]mount{}
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
			mounts[""] = mount{place[4], place[3]}
		case "cgroup":
			for _, option := range strings.Split(fs[2], ",") {
				mounts[option] = mount{place[4], place[3]}
			}
		}
	}
	return mounts
}

// V1 says whether limits are v1's here (also on hybrid).
func (c Cgroup) V1() bool { return c.dirs != nil }

// dir is the directory that holds a controller's files; "" on v1 where that
// hierarchy leaves the process in some parent, whose figures are not its own.
func (c Cgroup) dir(controller string) string {
	if !c.V1() {
		return c.unified
	}
	dir := c.dirs[v1Controller(controller)]
	if path.Base(dir) != path.Base(c.Path) {
		return ""
	}
	return dir
}

func v1Controller(controller string) string {
	if controller == "io" {
		return "blkio"
	}
	return controller
}

// isUnit says whether a directory is that of the unit: its last part.
func isUnit(dir, unit string) bool { return strings.HasSuffix(dir, "/"+unit) }

// holds checks that a process's cgroup is the unit's, in systemd's hierarchy.
func (c Cgroup) holds(unit string) bool { return isUnit(c.Path, unit) }

// Read returns a file of a controller, trimmed.
func (c Cgroup) Read(controller, file string) (string, error) {
	dir := c.dir(controller)
	if dir == "" {
		return "", fmt.Errorf("controller %q: %w", controller, os.ErrNotExist)
	}
	return readCgroupFile(dir + "/" + file)
}

// readCgroupFile reads a file only where it is the kernel's own: a mount over
// /sys/fs/cgroup could say anything.
func readCgroupFile(name string) (string, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	if err := onCgroupFS(fd, name); err != nil {
		return "", err
	}
	content := make([]byte, 8<<10)
	n, err := linux.Read(fd, content)
	if err != nil {
		return "", &os.PathError{Op: "read", Path: name, Err: err}
	}
	return string(bytes.TrimSpace(content[:n])), nil
}

func onCgroupFS(fd int, name string) error {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil {
		return fmt.Errorf("checking %q: %w", name, err)
	}
	if fs.Type != unix.CGROUP2_SUPER_MAGIC && fs.Type != unix.CGROUP_SUPER_MAGIC {
		return fmt.Errorf("%q is not on a cgroup file system", name)
	}
	return nil
}

package embedded

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// Where the manager finds its one unit, and no generator.
const (
	unitsDir = "/run/slimrun/units"
	emptyDir = "/run/slimrun/empty"
)

const harmless = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// buildView makes the mounts that the manager sees:
//
//	/               the machine's, all of it read-only and without devices
//	/proc           of the new PID namespace; /proc/sys read-only
//	                (systemd raises fs.file-max, fs.nr_open, max_dgram_qlen)
//	/sys/fs/cgroup  the hierarchies, from the manager's root down
//	/sys/kernel/security  empty: systemd with BPF LSM would hook it machine-wide
//	/run            empty, but for /run/systemd: the registry's, so that its
//	                socket has a path on the machine
//	/etc            a machine-id and the loader's cache: no settings, no presets
//	/dev            null, the disks by number (for IO… limits), and as kmsg
//	                the manager's log
//
// Only scopes live under this manager, and their processes are born outside:
// none of them ever sees this view. The network stays the machine's, so that
// RestrictNetworkInterfaces= finds its names; systemd brings lo up if it is down.
func (r registry) buildView(t tree) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return problem.Errorf("in a chroot: `mount --rbind` its directory on itself first",
			"making the mounts private: %w", err)
	}
	kept, err := keepMounts(r.path("systemd"), r.path("log"), os.DevNull)
	if err != nil {
		return err
	}
	disks := findDisks()
	if err := setAttr("/", unix.AT_RECURSIVE,
		unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_NOSUID); err != nil {
		return fmt.Errorf("making the machine's mounts read-only (kernel 5.12): %w", err)
	}
	return inOrder(
		func() error { return buildRun(kept[0]) },
		buildEtc,
		func() error { return buildDev(kept[1], kept[2], disks) },
		buildProc,
		t.mount,
		hideSecurityfs,
	)
}

// keepMounts makes detached copies of mounts, as they are before all turn
// read-only.
func keepMounts(paths ...string) ([]int, error) {
	var fds []int
	for _, path := range paths {
		fd, err := unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
		if err != nil {
			return nil, fmt.Errorf("keeping a mount of %q: %w", path, err)
		}
		fds = append(fds, fd)
	}
	return fds, nil
}

// attach mounts a kept copy.
func attach(fd int, path string) error {
	if err := unix.MoveMount(fd, "", unix.AT_FDCWD, path, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("mounting the kept copy on %q: %w", path, err)
	}
	return nil
}

func setAttr(path string, flags uint, attr uint64) error {
	return unix.MountSetattr(unix.AT_FDCWD, path, flags, &unix.MountAttr{Attr_set: attr})
}

// mountOn mounts a new file system. Errors: which one, and where.
func mountOn(path, kind string, flags uintptr, data string) error {
	if err := unix.Mount(kind, path, kind, flags, data); err != nil {
		return fmt.Errorf("mounting %s at %q: %w", kind, path, err)
	}
	return nil
}

func mountTmpfs(path string) error {
	return mountOn(path, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755")
}

func buildRun(systemd int) error {
	target := "[Unit]\nDescription=slimrun's embedded manager\nDefaultDependencies=no\n"
	return inOrder(
		func() error { return mountTmpfs("/run") },
		func() error { return os.Mkdir("/run/systemd", 0o755) },
		func() error { return attach(systemd, "/run/systemd") },
		func() error { return os.MkdirAll(unitsDir, 0o755) },
		func() error { return os.MkdirAll(emptyDir, 0o755) },
		func() error { return os.WriteFile(filepath.Join(unitsDir, targetName), []byte(target), 0o644) },
	)
}

// buildEtc: without a machine-id systemd takes it for the machine's first
// boot. The loader's cache is for systemds whose libraries only it finds.
func buildEtc() error {
	cache, _ := os.ReadFile("/etc/ld.so.cache")
	id := fmt.Sprintf("%016x%016x\n", rand.Uint64(), rand.Uint64())
	return inOrder(
		func() error { return mountTmpfs("/etc") },
		func() error { return os.WriteFile("/etc/machine-id", []byte(id), 0o444) },
		func() error { return os.WriteFile("/etc/ld.so.cache", cache, 0o644) },
	)
}

// buildDev: systemd insists on a mounted /dev/shm.
func buildDev(log, null int, disks []disk) error {
	return inOrder(
		func() error { return mountTmpfs("/dev") },
		func() error { return errors.Join(touch("/dev/null"), touch("/dev/kmsg")) },
		func() error { return attach(null, "/dev/null") },
		func() error { return attach(log, "/dev/kmsg") },
		func() error { return os.Mkdir("/dev/shm", 0o755) },
		func() error { return mountTmpfs("/dev/shm") },
		func() error { return makeDisks(disks) },
	)
}

func buildProc() error {
	return inOrder(
		func() error { return mountOn("/proc", "proc", harmless, "") },
		func() error { return unix.Mount("/proc/sys", "/proc/sys", "", unix.MS_BIND, "") },
		func() error { return setAttr("/proc/sys", 0, unix.MOUNT_ATTR_RDONLY) },
	)
}

// hideSecurityfs: a kernel without it has no such directory.
func hideSecurityfs() error {
	return linux.IgnoreMissing(unix.Mount("tmpfs", "/sys/kernel/security", "tmpfs", harmless|unix.MS_RDONLY, ""))
}

// mount mounts the hierarchies where systemd looks for them. From within the
// cgroup namespace each shows the manager's root as its own.
func (t tree) mount() error {
	// On v2 for another reason too: the kernel refuses (EBUSY) a file system on
	// the root of itself.
	if err := mountTmpfs(cgroup.Root); err != nil {
		return err
	}
	if !t.v1() {
		return mountOn(cgroup.Root, "cgroup2", harmless, "")
	}
	for _, b := range t {
		if err := b.mount(); err != nil {
			return err
		}
	}
	// systemd would mount the rest, and make its cgroups there in the caller's own.
	return setAttr(cgroup.Root, 0, unix.MOUNT_ATTR_RDONLY)
}

// mount mounts one of v1's hierarchies, with a link for each of several controllers in it.
func (b branch) mount() error {
	switch b.controllers {
	case "":
		return mountNew(filepath.Join(cgroup.Root, "unified"), "cgroup2", "")
	case "name=systemd":
		return mountNew(filepath.Join(cgroup.Root, "systemd"), "cgroup", "none,"+b.controllers)
	}
	if err := mountNew(filepath.Join(cgroup.Root, b.controllers), "cgroup", b.controllers); err != nil {
		return err
	}
	together := strings.Split(b.controllers, ",")
	if len(together) == 1 {
		return nil
	}
	for _, controller := range together {
		if err := os.Symlink(b.controllers, filepath.Join(cgroup.Root, controller)); err != nil {
			return err
		}
	}
	return nil
}

func mountNew(path, kind, data string) error {
	if err := os.Mkdir(path, 0o755); err != nil {
		return err
	}
	return mountOn(path, kind, harmless, data)
}

func touch(path string) error { return os.WriteFile(path, nil, 0o600) }

// inOrder runs steps up to the first that fails.
func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

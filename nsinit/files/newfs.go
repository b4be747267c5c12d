package files

import (
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// option is a file system's: a flag where there is no value.
type option struct{ name, value string }

// newMount makes a file system and a detached mount of it (kernel 5.2).
func newMount(kind string, attributes int, options ...option) (int, *Failure) {
	fs, err := unix.Fsopen(kind, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, fail("making a file system", kind, err)
	}
	defer unix.Close(fs)
	for _, o := range options {
		if o.value == "" {
			err = unix.FsconfigSetFlag(fs, o.name)
		} else {
			err = unix.FsconfigSetString(fs, o.name, o.value)
		}
		if err != nil {
			return -1, fail("configuring a file system", kind+" "+o.name, err)
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, fail("making a file system", kind, err)
	}
	fd, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, attributes)
	if err != nil {
		return -1, fail("making a mount", kind, err)
	}
	return fd, nil
}

const plain = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV

// newTmpfs counts against the memory limit, page by page as it is filled.
func newTmpfs(size uint64, mode string) (int, *Failure) {
	options := []option{{"mode", mode}}
	if size != 0 {
		options = append(options, option{"size", strconv.FormatUint(size, 10)})
	}
	return newMount("tmpfs", plain, options...)
}

// descriptor is a path to what a file descriptor has open.
func descriptor(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// overlay shows the root's files, and keeps the changes elsewhere. Its layers
// are given as descriptors: their paths could hold colons.
func (f *Files) overlay() (int, *Failure) {
	lower, err := unix.Open(f.Root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fail(StepRoot, f.Root, err)
	}
	defer unix.Close(lower)
	changes, failure := f.changes()
	if failure != nil {
		return -1, failure
	}
	defer unix.Close(changes)
	options := []option{{"lowerdir", descriptor(lower)}}
	for _, layer := range []option{{"upperdir", "changes"}, {"workdir", "work"}} {
		fd, err := makeDirectories(changes, layer.value)
		if err != nil {
			return -1, fail(StepOverlay, filepath.Join(f.Overlay, layer.value), err)
		}
		defer unix.Close(fd)
		options = append(options, option{layer.name, descriptor(fd)})
	}
	if !initialUserNamespace() {
		options = append(options, option{name: "userxattr"})
	}
	root, failure := newMount("overlay", 0, options...)
	if failure != nil {
		failure.Step = StepOverlay
		return -1, failure
	}
	return root, attachRoot(root)
}

// changes is the directory for the overlay's, or a tmpfs. The kernel takes
// layers from mounts of this namespace alone, so the tmpfs is attached: over
// the root, where the overlay hides it, to go with the old root.
func (f *Files) changes() (int, *Failure) {
	if f.Overlay != "-" {
		fd, err := unix.Open(f.Overlay, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return -1, fail(StepOverlay, f.Overlay, err)
		}
		return fd, nil
	}
	fd, failure := newTmpfs(0, "755")
	if failure != nil {
		return -1, failure
	}
	return fd, attachRoot(fd)
}

// initialUserNamespace: all ids are mapped to themselves.
func initialUserNamespace() bool {
	fd, err := unix.Open("/proc/self/uid_map", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return true
	}
	defer unix.Close(fd)
	var line [128]byte
	n, _ := unix.Read(fd, line[:])
	return string(line[:max(n, 0)]) == "         0          0 4294967295\n"
}

package files

import (
	"slices"

	"golang.org/x/sys/unix"
)

// detached is a mount that is not anywhere yet.
type detached struct {
	fd     int
	target string
	file   bool   // it is no directory
	empty  bool   // it is a tmpfs of the run's own
	base   bool   // it is one of those that any root gets
	link   string // a symlink to make instead
}

func (m Mount) open() (detached, *Failure) {
	if m.Source == "" {
		fd, failure := newTmpfs(m.Size, "1777")
		return detached{fd: fd, target: m.Target, empty: true}, failure
	}
	return bind(m.Source, m.Target, m.ReadOnly)
}

// bind copies a mount, with those below it.
func bind(source, target string, readOnly bool) (d detached, failure *Failure) {
	fd, err := unix.OpenTree(unix.AT_FDCWD, source, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return d, fail(StepSource, source, err)
	}
	if readOnly {
		if err := setReadOnly(fd); err != nil {
			return d, fail("making a mount read-only", source, err)
		}
	}
	return detached{fd: fd, target: target, file: !isDirectory(fd)}, nil
}

// leadsTo is the mount's place, without links. Those of a root must not lead to the
// run's own mounts: what is mounted there would hide them.
func (d detached) leadsTo(root int, newRoot bool) (string, error) {
	if d.base {
		return d.target, nil
	}
	place, linked, err := withoutLinks(root, d.target)
	if err == nil && newRoot && linked && basePlace(place) != "" && basePlace(place) != basePlace(d.target) {
		err = unix.ELOOP
	}
	return place, err
}

// attach mounts it on its place, which is made in a root or a tmpfs of the run's own
// but not among the caller's files.
func (d detached) attach(root int, newRoot bool, mayMake func(place string) bool) *Failure {
	if d.link != "" {
		return makeLink(root, d.target, d.link)
	}
	place, err := d.open(root, newRoot, mayMake)
	if err != nil {
		return fail(StepTarget, d.target, err)
	}
	defer unix.Close(place)
	if isDirectory(place) == d.file {
		return fail(StepTarget, d.target, mismatch(d.file))
	}
	err = unix.MoveMount(d.fd, "", place, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
	unix.Close(d.fd)
	if err != nil {
		return fail("mounting", d.target, err)
	}
	return nil
}

// open opens its place.
func (d detached) open(root int, newRoot bool, mayMake func(place string) bool) (int, error) {
	path, err := d.leadsTo(root, newRoot)
	if err != nil {
		return -1, err
	}
	place, err := resolve(root, path, 0)
	if err != unix.ENOENT || !mayMake(path) {
		return place, err
	}
	if err := makePlace(root, path, d.file); err != nil {
		return -1, err
	}
	return resolve(root, path, 0)
}

func mismatch(file bool) error {
	if file {
		return unix.EISDIR
	}
	return unix.ENOTDIR
}

// liesIn says whether a place that is not there would be made on one of the devices.
func liesIn(devices []uint64, root int, place string) bool {
	for place != "" {
		place, _ = splitPath(place)
		fd, err := resolve(root, "/"+place, unix.O_DIRECTORY)
		if err == unix.ENOENT {
			continue
		}
		if err != nil {
			return false
		}
		defer unix.Close(fd)
		return slices.Contains(devices, device(fd))
	}
	return false
}

func device(fd int) uint64 {
	var st unix.Stat_t
	unix.Fstat(fd, &st)
	return st.Dev
}

func setReadOnly(fd int) error {
	attributes := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	return unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &attributes)
}

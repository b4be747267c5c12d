package files

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Files is the file system that the payload sees, where it is not the
// caller's: another root, and mounts put over it in their order.
//
// Every mount is made as a file descriptor first and attached to another one:
// no path is walked twice, and none inside the root is walked but by resolve,
// so that a symlink in there, or one that is changed meanwhile, leads nowhere
// outside. The run's own mounts follow none at all, and one that was asked for
// none into those.
type Files struct {
	Root     string // "" keeps the caller's
	Overlay  string // changes to the root go to this directory; "-": to a tmpfs; "": nowhere
	ReadOnly bool   // all but Mounts
	FreshSys bool   // a network namespace of its own has its own /sys
	Mounts   []Mount
}

// Mount is one bind, or a tmpfs where there is no Source.
type Mount struct {
	Source   string
	Target   string // absolute, as the payload sees it
	Size     uint64 // of a tmpfs; 0 leaves it to the kernel: half of RAM
	ReadOnly bool
}

func (f *Files) fields(x *codec) {
	x.string(&f.Root)
	x.string(&f.Overlay)
	x.bool(&f.ReadOnly)
	x.bool(&f.FreshSys)
	list(x, &f.Mounts, func(x *codec, m *Mount) {
		x.string(&m.Source)
		x.string(&m.Target)
		x.uint(&m.Size)
		x.bool(&m.ReadOnly)
	})
}

// Given says whether there is anything to make.
func (f *Files) Given() bool { return f.Root != "" || f.ReadOnly || len(f.Mounts) > 0 }

// Steps that the launcher explains.
const (
	StepSource  = "opening the source of a mount"
	StepRoot    = "opening the root"
	StepTarget  = "finding the place of a mount"
	StepOverlay = "mounting the overlay"
	StepPivot   = "changing the root"
)

// make makes the file system. Sources are the caller's paths, so they are
// opened before anything changes.
func (j *filesJob) make() *Failure {
	f := &j.Files
	mounts, failure := f.open()
	if failure != nil {
		return failure
	}
	root, failure := f.openRoot()
	if failure != nil {
		return failure
	}
	if f.Root != "" {
		base, failure := j.baseMounts()
		if failure != nil {
			return failure
		}
		mounts = append(base, mounts...)
	}
	if failure := f.populate(root, mounts); failure != nil {
		return failure
	}
	if f.Root == "" {
		unix.Close(root)
		return nil
	}
	return pivot(root)
}

func (f *Files) open() (mounts []detached, failure *Failure) {
	for _, m := range f.Mounts {
		d, failure := m.open()
		if failure != nil {
			return nil, failure
		}
		mounts = append(mounts, d)
	}
	return mounts, nil
}

// openRoot is the new root, attached over the old one so that mounts can be
// attached to it; or the caller's.
func (f *Files) openRoot() (int, *Failure) {
	switch {
	case f.Root == "":
		fd, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return -1, fail(StepRoot, "/", err)
		}
		return fd, nil
	case f.Overlay != "":
		return f.overlay()
	}
	root, failure := bind(f.Root, "/", false)
	if failure != nil {
		failure.Step = StepRoot
		return -1, failure
	}
	return root.fd, attachRoot(root.fd)
}

func attachRoot(fd int) *Failure {
	if err := unix.MoveMount(fd, "", unix.AT_FDCWD, "/", unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fail("attaching the root", "", err)
	}
	return nil
}

// populate attaches the mounts. With ReadOnly their places are made first,
// as far as they can be, and only what is there before them turns read-only.
func (f *Files) populate(root int, mounts []detached) *Failure {
	if f.ReadOnly {
		f.makePlaces(root, mounts)
		if err := setReadOnly(root); err != nil {
			return fail("making the files read-only", "", err)
		}
	}
	var own []uint64 // devices of the run's tmpfs
	for _, m := range mounts {
		if m.empty {
			own = append(own, device(m.fd))
		}
		mayMake := func(place string) bool { return f.Root != "" || liesIn(own, root, place) }
		if failure := m.attach(root, f.Root != "", mayMake); failure != nil {
			return failure
		}
	}
	return nil
}

// makePlaces makes those that will lie in the root itself, not in a mount.
func (f *Files) makePlaces(root int, mounts []detached) {
	if f.Root == "" {
		return
	}
	for i, m := range mounts {
		covered := slices.ContainsFunc(mounts[:i], func(over detached) bool {
			return strings.HasPrefix(m.target, over.target+"/")
		})
		if place, err := m.leadsTo(root, true); err == nil && !covered {
			makePlace(root, place, m.file)
		}
	}
}

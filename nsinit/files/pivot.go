package files

import "golang.org/x/sys/unix"

// pivot makes the attached root the root, and lets go of the old one.
func pivot(root int) *Failure {
	for _, step := range []func() error{
		func() error { return unix.Fchdir(root) },
		func() error { return unix.PivotRoot(".", ".") },
		func() error { return uncover(root) },
		func() error { return unix.Chdir("/") },
	} {
		if err := step(); err != nil {
			return fail(StepPivot, "", err)
		}
	}
	unix.Close(root)
	return nil
}

// uncover unmounts all that is mounted over the root, which is where this process is: the
// old root, and first what was mounted over that, such as an overlay's tmpfs. What stays
// there is where ".." leads to from every directory below: out of the root.
func uncover(root int) error {
	for {
		if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
			return err
		}
		own, err := mountID(root, "", unix.AT_EMPTY_PATH)
		if err != nil {
			return err
		}
		if top, err := mountID(unix.AT_FDCWD, "..", 0); err != nil || top == own {
			return err
		}
	}
}

// mountID is the mount that a place is in (Linux 5.8).
func mountID(dir int, path string, flags int) (uint64, error) {
	var st unix.Statx_t
	err := unix.Statx(dir, path, flags, unix.STATX_MNT_ID, &st)
	if err == nil && st.Mask&unix.STATX_MNT_ID == 0 {
		err = unix.ENOSYS
	}
	return st.Mnt_id, err
}

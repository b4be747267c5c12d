package inside

import (
	"syscall"

	"golang.org/x/sys/unix"
)

const stepCgroups = "mounting the cgroups\x00"

func (b *Block) unshareCgroup() {
	b.check("making the cgroup namespace\x00", 0, call(unix.SYS_UNSHARE, unix.CLONE_NEWCGROUP, 0, 0, 0, 0))
}

// mountCgroups mounts every cgroup hierarchy again where it is, from the new
// namespace's root down and read-only. On v1 one that systemd does not put the
// scope into keeps its old root.
func (b *Block) mountCgroups() {
	for i := range b.Tasks.Hierarchies.len() {
		b.mountAgain(b.Tasks.Hierarchies.at(i))
	}
}

// mountAgain mounts a file system over itself, which mount(2) refuses, and
// read-only here alone (kernel 5.2). Each gets the namespace made anew: its root
// is where the process is at that moment. systemd may remove the cgroup in which
// that is meanwhile: on v1 it does so where it finds that a hierarchy is not
// wanted, and the process is in the one above then.
func (b *Block) mountAgain(h *Hierarchy) {
	const trims = 10
	var fs uintptr
	errno := syscall.Errno(unix.ENOENT)
	for try := 0; errno == unix.ENOENT && try <= trims; try++ {
		if try > 0 {
			closeFD(int(fs))
		}
		b.unshareCgroup()
		fs = b.configure(h)
		errno = call(unix.SYS_FSCONFIG, fs, unix.FSCONFIG_CMD_CREATE, 0, 0, 0)
	}
	b.check(stepCgroups, h.Place, errno)
	const attributes = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOEXEC | unix.MOUNT_ATTR_RDONLY
	mount, errno := sys(unix.SYS_FSMOUNT, fs, unix.FSMOUNT_CLOEXEC, attributes, 0, 0, 0)
	b.check(stepCgroups, h.Place, errno)
	b.check(stepCgroups, h.Place, call(unix.SYS_MOVE_MOUNT,
		mount, constant("\x00"), atCWD, uintptr(h.Place), unix.MOVE_MOUNT_F_EMPTY_PATH))
	closeFD(int(mount))
	closeFD(int(fs))
}

// configure begins a file system like the mounted one.
func (b *Block) configure(h *Hierarchy) (fs uintptr) {
	fs, errno := sys(unix.SYS_FSOPEN, uintptr(h.Kind), unix.FSOPEN_CLOEXEC, 0, 0, 0, 0)
	b.check(stepCgroups, h.Place, errno)
	for i := range h.Options.len() {
		o := h.Options.at(i)
		if o.Value == 0 {
			b.check(stepCgroups, h.Place, call(unix.SYS_FSCONFIG, fs, unix.FSCONFIG_SET_FLAG, uintptr(o.Name), 0, 0))
			continue
		}
		b.check(stepCgroups, h.Place, call(unix.SYS_FSCONFIG,
			fs, unix.FSCONFIG_SET_STRING, uintptr(o.Name), uintptr(o.Value), 0))
	}
	return fs
}

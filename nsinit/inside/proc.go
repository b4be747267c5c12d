package inside

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

func (b *Block) mountProc() {
	b.check(StepProc+"\x00", 0, call(unix.SYS_MOUNT, constant("proc\x00"), constant("/proc\x00"), constant("proc\x00"),
		unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, 0))
}

const stepGuard = "making /proc read-only\x00"

// guardProc makes read-only, where that was asked for, what there is of the machine's
// in the run's own /proc, such as sys, irq and sysrq-trigger; the directories of
// processes stay as they are.
func (b *Block) guardProc() {
	if !b.Tasks.GuardProc {
		return
	}
	proc, errno := open(constant("/proc\x00"), unix.O_RDONLY|unix.O_DIRECTORY)
	b.check(stepGuard, 0, errno)
	var entries [1024]byte
	for {
		size, errno := sys(unix.SYS_GETDENTS64, uintptr(proc),
			uintptr(unsafe.Pointer(&entries)), unsafe.Sizeof(entries), 0, 0, 0)
		b.check(stepGuard, 0, errno)
		if size == 0 {
			break
		}
		for place := uintptr(0); place < size; {
			entry := (*unix.Dirent)(unsafe.Pointer(&entries[place]))
			b.guard(uintptr(proc), entry)
			place += uintptr(entry.Reclen)
		}
	}
	closeFD(proc)
}

// guard covers a directory, or a file that can be written to, with a mount of itself
// that is read-only (mount_setattr, Linux 5.12); what was mounted below stays. Links
// lead to the directories of processes.
func (b *Block) guard(proc uintptr, entry *unix.Dirent) {
	first := entry.Name[0]
	if entry.Type == unix.DT_LNK || first == '.' || first >= '0' && first <= '9' {
		return
	}
	name := uintptr(unsafe.Pointer(&entry.Name))
	fd, errno := sys(unix.SYS_OPEN_TREE, proc, name,
		unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE, 0, 0, 0)
	b.check(stepGuard, Text(name), errno)
	if entry.Type == unix.DT_DIR || writable(fd) {
		attributes := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
		b.check(stepGuard, Text(name), call(unix.SYS_MOUNT_SETATTR, fd, constant("\x00"), unix.AT_EMPTY_PATH,
			uintptr(unsafe.Pointer(&attributes)), unsafe.Sizeof(attributes)))
		b.check(stepGuard, Text(name), call(unix.SYS_MOVE_MOUNT, fd, constant("\x00"), proc, name,
			unix.MOVE_MOUNT_F_EMPTY_PATH))
	}
	closeFD(int(fd))
}

// writable says whether a file's mode lets anybody write; in doubt it does.
func writable(fd uintptr) bool {
	var file unix.Stat_t
	errno := call(unix.SYS_FSTAT, fd, uintptr(unsafe.Pointer(&file)), 0, 0, 0)
	return errno != 0 || file.Mode&0o222 != 0
}

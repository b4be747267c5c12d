package inside

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Join is what a command takes over from a process that lives, whose place in a run it
// is to share. Its parent, the monitor, stays outside, as far as it may:
//
//	launcher              monitor                    the command's process
//	   | ---- clone, exec -> |  untraceable, a session of its own,
//	   |                     |  the user namespace (who is not root), the PID namespace
//	   |  [its own scope, for a user's manager]
//	   | --- Order Go -----> | ---- clone3 -------->  |  born in the run's cgroup
//	   |                     |                        |  limits, namespaces, root,
//	   |                     |                        |  ids, capabilities, filters
//	   | <-- Started ------- | <---- exec ----------  |
//
// It is a fork with memory of its own, not a vfork: a time namespace takes no process
// that shares its memory. Memory that is not dumpable, and was executed outside of the
// run's user namespace, nobody inside can trace or read, whoever it is there.
type Join struct {
	On           bool
	Of           int32 // file descriptors: a pidfd of the other process, with which the command ends
	PIDs         int32 // the PID namespace; -1 for the monitor's own
	User         int32 // the user namespace; -1 likewise
	UserFirst    bool  // who is not root has no power but in there
	Others       List[Namespace]
	Cgroup       int32       // of the v2 tree, to be born in; -1 stays
	Procs        List[int32] // v1's files to enter by
	Where        Text        // what /proc/self/cgroup says then
	Root         int32       // -1 for the monitor's own
	Dir          int32
	Score        Text // oom_score_adj
	Front        bool // its group is the terminal's foreground one
	SetGroups    bool
	Groups       List[uint32] // as they are outside, where not
	GroupsInside bool
	UID, GID     IDs // as they are inside
	Umask        int
	Bound        uint64 // capabilities, bit N for number N: that stay in the bounding set,
	Effective    uint64 // that it has until its exec,
	Ambient      uint64 // and that its exec leaves to who is not root
	Filters      List[Filter]
}

// Namespace is one to enter.
type Namespace struct {
	FD   int32
	Kind int32 // CLONE_NEW*
}

// IDs are the real, the effective and the saved one.
type IDs struct{ Real, Effective, Saved uint32 }

// Filter is a seccomp program.
type Filter struct{ Program List[byte] }

func (b *Block) enterNamespace(fd int32, kind uintptr) {
	if fd >= 0 {
		b.check("entering a namespace of the run's\x00", 0, call(unix.SYS_SETNS, uintptr(fd), kind, 0, 0, 0))
	}
}

// becomeInside is what the command's process does to itself. What takes a file or a
// power outside comes first; then it lets go of the files, of the ids, of the powers.
func (b *Block) becomeInside() {
	j, p := &b.Tasks.Join, &b.Tasks.Payload
	b.tie()
	b.joinCgroups()
	b.takeFront()
	b.setAttributes()
	if j.SetGroups && !j.GroupsInside {
		b.setGroups()
	}
	for i := range j.Others.len() {
		n := j.Others.at(i)
		b.enterNamespace(n.FD, uintptr(n.Kind))
	}
	b.enterRoot()
	if !j.UserFirst {
		b.enterNamespace(j.User, unix.CLONE_NEWUSER)
	}
	b.check(StepDir+"\x00", 0, call(unix.SYS_FCHDIR, uintptr(j.Dir), 0, 0, 0, 0))
	b.closeFiles()
	b.takeIDs()
	b.hide() // a change of ids may undo both
	b.tie()
	sys(unix.SYS_UMASK, uintptr(j.Umask), 0, 0, 0, 0, 0)
	b.leaveKeys()
	if b.Tasks.Dir != 0 {
		b.check(StepDir+"\x00", b.Tasks.Dir, call(unix.SYS_CHDIR, uintptr(b.Tasks.Dir), 0, 0, 0, 0))
	}
	if p.NoNewPrivs {
		b.check("setting no_new_privs\x00", 0, prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0))
	}
	b.restoreCaller()
	b.installFilters()
}

// joinCgroups enters v1's cgroups, where "0" is the writer, and sees that it is where
// the other process is at this moment. systemd may be moving that into another
// hierarchy's: it goes by its own, which is entered first, and looks again until
// nobody new is there, so that whoever is seen at the same place stays beside it.
func (b *Block) joinCgroups() {
	j := &b.Tasks.Join
	for i := range j.Procs.len() {
		self := byte('0')
		b.check(StepJoin+"\x00", 0,
			call(unix.SYS_WRITE, uintptr(*j.Procs.at(i)), uintptr(unsafe.Pointer(&self)), 1, 0, 0))
	}
	var own, theirs [4096]byte
	size := b.readCgroup(constant("self/cgroup\x00"), &own)
	if b.readCgroup(uintptr(j.Where), &theirs) != size || own != theirs {
		b.fail(StepJoin+"\x00", 0, unix.EXDEV)
	}
}

// StepJoin is one that may be tried again.
const StepJoin = "joining the run's cgroups"

// readCgroup reads a file of the caller's /proc. One that does not fit is compared
// with nothing.
func (b *Block) readCgroup(name uintptr, to *[4096]byte) int {
	file, errno := sys(unix.SYS_OPENAT, uintptr(b.life.proc), name, unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	b.check(StepJoin+"\x00", 0, errno)
	size := readAll(int(file), &to[0], len(to))
	if size == 0 || size == len(to) {
		b.fail(StepJoin+"\x00", 0, unix.EOVERFLOW)
	}
	closeFD(int(file))
	return size
}

// takeFront gives the command a process group, and the terminal.
func (b *Block) takeFront() {
	const step = "giving the command its terminal\x00"
	p := &b.Tasks.Payload
	b.check(step, 0, call(unix.SYS_SETPGID, 0, 0, 0, 0, 0))
	for i := range p.Stdio.len() {
		b.check(step, 0, call(unix.SYS_DUP3, uintptr(p.Terminal), uintptr(*p.Stdio.at(i)), 0, 0, 0))
	}
	if p.Stdio.len() == 0 {
		return
	}
	group, errno := sys(unix.SYS_GETPGID, 0, 0, 0, 0, 0, 0)
	b.check(step, 0, errno)
	number := int32(group) // SIGTTOU is blocked, so that a background group may
	b.check(step, 0, call(unix.SYS_IOCTL, uintptr(p.Terminal), unix.TIOCSPGRP, uintptr(unsafe.Pointer(&number)), 0, 0))
}

func (b *Block) enterRoot() {
	const step = "entering the run's root\x00"
	if root := b.Tasks.Join.Root; root >= 0 {
		b.check(step, 0, call(unix.SYS_FCHDIR, uintptr(root), 0, 0, 0, 0))
		b.check(step, 0, call(unix.SYS_CHROOT, constant(".\x00"), 0, 0, 0, 0))
	}
}

// closeFiles leaves the standard ones, and the socket by which a failure is told: a
// path of the run's may lead to any other (/proc/self/fd).
func (b *Block) closeFiles() {
	const step = "closing files\x00"
	control := uintptr(b.Tasks.Control)
	if control > 3 {
		b.check(step, 0, call(unix.SYS_CLOSE_RANGE, 3, control-1, 0, 0, 0))
	}
	b.check(step, 0, call(unix.SYS_CLOSE_RANGE, control+1, uintptr(^uint32(0)), 0, 0, 0))
}

package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// takeIDs leaves the process no more than the other has, in this order: the bounding
// set takes a capability, the ids too, and clear most.
func (b *Block) takeIDs() {
	j := &b.Tasks.Join
	for n := range uint64(64) {
		has, errno := sys(unix.SYS_PRCTL, unix.PR_CAPBSET_READ, uintptr(n), 0, 0, 0, 0)
		if errno == 0 && has == 1 && j.Bound&(1<<n) == 0 {
			b.check("dropping capabilities from the bounding set\x00", 0, prctl(unix.PR_CAPBSET_DROP, uintptr(n), 0, 0))
		}
	}
	b.check(stepKeep, 0, prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0))
	if j.SetGroups && j.GroupsInside {
		b.setGroups()
	}
	b.check("setting the gid\x00", 0, j.GID.set(unix.SYS_SETRESGID))
	b.check("setting the uid\x00", 0, j.UID.set(unix.SYS_SETRESUID))
	b.dropAmbient()
	_, has, errno := b.capget()
	b.check(StepCapabilities+"\x00", 0, errno)
	permitted := (j.Bound | j.Ambient | j.filtering()) & has
	b.check(StepCapabilities+"\x00", 0, b.capset(j.Effective&permitted, permitted, j.Ambient&permitted))
	for n := range uint64(64) {
		if j.Ambient&permitted&(1<<n) != 0 {
			b.check(StepCapabilities+"\x00", 0, prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, uintptr(n), 0))
		}
	}
}

func (i *IDs) set(trap uintptr) syscall.Errno {
	return call(trap, uintptr(i.Real), uintptr(i.Effective), uintptr(i.Saved), 0, 0)
}

func (b *Block) setGroups() {
	j := &b.Tasks.Join
	b.check(StepGroups+"\x00", 0, call(unix.SYS_SETGROUPS, j.Groups.Size, j.Groups.At, 0, 0, 0))
}

// filtering is what a filter takes where there is no no_new_privs. An exec takes it
// away again from who is not to have it.
func (j *Join) filtering() uint64 {
	if j.Filters.len() == 0 {
		return 0
	}
	return 1 << unix.CAP_SYS_ADMIN
}

// leaveKeys: the caller's session keyring is the caller's. A kernel without keys has
// none, and whoever may not use them (EPERM, by a filter of the caller's) has nothing
// to leave.
func (b *Block) leaveKeys() {
	const joinSession = 1 // KEYCTL_JOIN_SESSION_KEYRING
	errno := call(unix.SYS_KEYCTL, joinSession, 0, 0, 0, 0)
	if errno != unix.ENOSYS && errno != unix.EPERM {
		b.check("leaving the caller's keyring\x00", 0, errno)
	}
}

// installFilters installs what the other process has, the oldest first: each lets the
// next one be installed, as it did there. It is the last thing before the exec.
func (b *Block) installFilters() {
	const step = "installing the seccomp filter\x00"
	j := &b.Tasks.Join
	if j.Filters.len() > 0 && !b.Tasks.Payload.NoNewPrivs {
		_, permitted, errno := b.capget()
		b.check(step, 0, errno)
		b.check(step, 0, b.capset((j.Effective|j.filtering())&permitted, permitted, j.Ambient&permitted))
	}
	for i := range j.Filters.len() {
		f := j.Filters.at(i).Program
		program := unix.SockFprog{Len: uint16(f.Size / 8), Filter: at[unix.SockFilter](f.At)}
		b.check(step, 0,
			call(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program)), 0, 0))
	}
}

package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// StepCapabilities is one that the launcher explains.
const StepCapabilities = "giving capabilities"

const stepKeep = "keeping capabilities\x00"

// every is all that the kernel knows, bit N for number N.
const every = uint64(1)<<(unix.CAP_LAST_CAP+1) - 1

// capset sets the calling process's own sets.
func (b *Block) capset(effective, permitted, inheritable uint64) syscall.Errno {
	l := &b.life
	l.header = unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	for i := range l.sets {
		half := 32 * i
		l.sets[i] = unix.CapUserData{
			Effective: uint32(effective >> half), Permitted: uint32(permitted >> half),
			Inheritable: uint32(inheritable >> half),
		}
	}
	return call(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&l.header)), uintptr(unsafe.Pointer(&l.sets)), 0, 0, 0)
}

// capget reads them.
func (b *Block) capget() (effective, permitted uint64, errno syscall.Errno) {
	l := &b.life
	l.header = unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	errno = call(unix.SYS_CAPGET, uintptr(unsafe.Pointer(&l.header)), uintptr(unsafe.Pointer(&l.sets)), 0, 0, 0)
	effective = uint64(l.sets[1].Effective)<<32 | uint64(l.sets[0].Effective)
	permitted = uint64(l.sets[1].Permitted)<<32 | uint64(l.sets[0].Permitted)
	return effective, permitted, errno
}

// keepCapabilities takes all there are in the process's own user namespace over
// an exec, which else leaves them to root alone. EINVAL is beyond the kernel's
// last one.
func (b *Block) keepCapabilities() {
	b.check(stepKeep, 0, b.capset(every, every, every))
	for n := range uintptr(unix.CAP_LAST_CAP + 1) {
		if errno := prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, n, 0); errno != unix.EINVAL {
			b.check(stepKeep, 0, errno)
		}
	}
}

// dropAmbient takes back what keepCapabilities had to do. Before kernel 4.3 there
// is no ambient set (EINVAL).
func (b *Block) dropAmbient() {
	const step = "dropping ambient capabilities\x00"
	if errno := prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0); errno != unix.EINVAL {
		b.check(step, 0, errno)
	}
	effective, permitted, errno := b.capget()
	b.check(step, 0, errno)
	b.check(step, 0, b.capset(effective, permitted, 0))
}

// dropBound empties the bounding set but for what stays; it takes CAP_SETPCAP, so
// it comes before the change of ids. EINVAL is beyond the kernel's last one.
func (b *Block) dropBound() {
	p := &b.Tasks.Payload
	for n := range uint64(64) {
		if !p.Drops || p.Bound&(1<<n) != 0 {
			continue
		}
		if errno := prctl(unix.PR_CAPBSET_DROP, uintptr(n), 0, 0); errno != unix.EINVAL {
			b.check("dropping capabilities from the bounding set\x00", 0, errno)
		}
	}
}

// giveCapabilities leaves the payload those that it is to have: as root by its
// exec, which gives root the bounding set; else through the ambient set, which
// holds only what was added by name.
func (b *Block) giveCapabilities() {
	p := &b.Tasks.Payload
	b.dropAmbient()
	if p.Add == 0 || p.Seen == 0 {
		return
	}
	b.check(StepCapabilities+"\x00", 0, b.capset(p.Add, p.Add, p.Add))
	for n := range uint64(64) {
		if p.Add&(1<<n) != 0 {
			b.check(StepCapabilities+"\x00", 0, prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, uintptr(n), 0))
		}
	}
}

package inside

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Steps that the launcher explains.
const (
	StepProc = "mounting /proc"
	StepDir  = "entering the working directory"
)

// namespaces is what the init does to make the inside, up to its files.
func (b *Block) namespaces() {
	t := &b.Tasks
	b.dropAmbient() // the caller's, and what brought those of a user namespace over the exec
	if t.BecomeRoot {
		b.becomeRoot()
	}
	if t.First {
		// After the change of ids, which clears it. A launcher that died before this
		// is seen as the end of the socket; so it is where there is no PID namespace
		// that would die with the init, which has to end the rest itself (abandon).
		b.check("asking for the launcher's death signal\x00", 0,
			prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0))
	}
	b.check("forbidding to trace the init\x00", 0, prctl(unix.PR_SET_DUMPABLE, 0, 0, 0))
	if !t.First {
		// Without a PID namespace to die with, orphans come here to be reaped.
		b.check("becoming the reaper\x00", 0, prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0))
	}
	if t.Private {
		b.privateMounts()
	}
}

func (b *Block) becomeRoot() {
	const step = "becoming root of the user namespace\x00"
	b.check(step, 0, call(unix.SYS_SETGROUPS, 0, 0, 0, 0, 0))
	b.check(step, 0, call(unix.SYS_SETRESGID, 0, 0, 0, 0, 0))
	b.check(step, 0, call(unix.SYS_SETRESUID, 0, 0, 0, 0, 0))
}

// inside is what comes after the files, which know no /proc of the run's own.
func (b *Block) inside() {
	t := &b.Tasks
	if t.Proc && !t.NoInit {
		if !t.NewRoot { // that has got one already
			b.mountProc()
		}
		b.guardProc()
	}
	if t.Cgroup {
		b.unshareCgroup()
		if t.Private {
			b.mountCgroups()
		}
	}
	if t.Hostname != 0 {
		b.check("setting the hostname\x00", t.Hostname,
			call(unix.SYS_SETHOSTNAME, uintptr(t.Hostname), t.HostnameSize, 0, 0, 0))
	}
	if t.Loopback {
		b.loopback()
	}
	if t.NewRoot { // the old one's directory is still there
		b.check(StepDir+"\x00", 0, call(unix.SYS_CHDIR, constant("/\x00"), 0, 0, 0, 0))
	}
	if t.Dir != 0 {
		b.check(StepDir+"\x00", t.Dir, call(unix.SYS_CHDIR, uintptr(t.Dir), 0, 0, 0, 0))
	}
}

// privateMounts: CLONE_NEWNS alone would let mounts out into a shared tree.
func (b *Block) privateMounts() {
	b.check("making the mounts private\x00", 0,
		call(unix.SYS_MOUNT, 0, constant("/\x00"), 0, unix.MS_REC|unix.MS_PRIVATE, 0))
}

// loopback brings lo up.
func (b *Block) loopback() {
	const step = "bringing the loopback up\x00"
	request := struct { // struct ifreq
		name  [unix.IFNAMSIZ]byte
		flags uint16
		rest  [22]byte
	}{name: [unix.IFNAMSIZ]byte{'l', 'o'}, flags: unix.IFF_UP | unix.IFF_RUNNING}
	fd, errno := sys(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0, 0, 0, 0)
	b.check(step, 0, errno)
	b.check(step, 0, call(unix.SYS_IOCTL, fd, unix.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request)), 0, 0))
	closeFD(int(fd))
}

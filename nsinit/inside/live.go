package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// live is the init's life, from its own exec on. The block is the file that the
// argument names; without it nobody can be told anything, and all that is left is
// to be there while systemd may be attaching this process (outlive).
func live(memory uintptr) {
	if errno := mapBlock(memory); errno != 0 {
		sleep(700e6)
		exit(125)
	}
	b := Here()
	sys(unix.SYS_MADVISE, Place, (b.Used+4095)&^4095, unix.MADV_POPULATE_WRITE, 0, 0, 0) // saves faults, no more
	b.begin()
	b.mark(MarkBorn)
	b.connect()
	b.reach(PhaseReady)
	b.gate()
	b.mark(MarkGo)
	b.launch()
	if b.Tasks.Payload.Stdio.len() > 0 { // to see its end, the launcher must be the last to have it open
		closeFD(int(b.Tasks.Payload.Terminal))
	}
	b.mark(MarkExecuted)
	b.reach(PhaseStarted)
	b.serve()
}

// launch makes the inside, or has a monitor enter one, and starts the payload there.
func (b *Block) launch() {
	if b.Tasks.Join.On {
		b.becomeMonitor()
		b.readModes()
		b.startInside()
		return
	}
	b.namespaces()
	b.runFiles()
	b.inside()
	b.mark(MarkInside)
	b.readModes()
	b.hear() // what came to the group so far the payload has not got: serve sends it
	b.start()
}

func mapBlock(memory uintptr) syscall.Errno {
	var file unix.Stat_t
	if errno := call(unix.SYS_FSTAT, memory, uintptr(unsafe.Pointer(&file)), 0, 0, 0); errno != 0 {
		return errno
	}
	_, errno := sys(unix.SYS_MMAP, Place, uintptr(file.Size),
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_FIXED_NOREPLACE, memory, 0)
	return errno
}

// begin takes what the launcher left open out of the payload's way, and opens what
// the init needs of its caller's /proc before there is another.
func (b *Block) begin() {
	const step = "preparing the init\x00"
	t, l := &b.Tasks, &b.life
	for _, fd := range [...]int32{t.Control, t.Memory} {
		b.check(step, 0, call(unix.SYS_FCNTL, uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC, 0, 0))
	}
	if t.FilesFD >= 0 {
		b.check(step, 0, call(unix.SYS_FCNTL, uintptr(t.FilesFD), unix.F_SETFD, unix.FD_CLOEXEC, 0, 0))
	}
	if t.Payload.Stdio.len() > 0 {
		b.check(step, 0, call(unix.SYS_FCNTL, uintptr(t.Payload.Terminal), unix.F_SETFD, unix.FD_CLOEXEC, 0, 0))
	}
	b.check(step, 0, call(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, uintptr(unsafe.Pointer(&t.Nofile)), 0, 0))
	b.hearAll()
	l.tty, l.children, l.polled[pollOf].Fd, l.polled[pollCommand].Fd = -1, -1, -1, -1
	var errno syscall.Errno
	l.proc, errno = open(constant("/proc\x00"), unix.O_PATH|unix.O_DIRECTORY)
	b.check("opening /proc\x00", 0, errno)
	b.checkProc()
	l.place, errno = b.openProc("self/cgroup\x00", unix.O_RDONLY)
	b.check("opening /proc/self/cgroup\x00", 0, errno)
	if !t.First {
		var fd uintptr
		fd, errno = sys(unix.SYS_OPENAT,
			uintptr(t.Children), constant("thread-self/children\x00"), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
		b.check("listing the init's children (the kernel's CONFIG_PROC_CHILDREN)\x00", 0, errno)
		closeFD(int(t.Children))
		l.children = int(fd)
	}
	readAll(l.place, &l.here[0], len(l.here))
}

// checkProc: what is written to there must be the kernel's.
func (b *Block) checkProc() {
	var fs unix.Statfs_t
	errno := call(unix.SYS_FSTATFS, uintptr(b.life.proc), uintptr(unsafe.Pointer(&fs)), 0, 0, 0)
	if errno == 0 && fs.Type != unix.PROC_SUPER_MAGIC {
		errno = unix.ENOTSUP
	}
	b.check("finding a procfs on /proc\x00", 0, errno)
}

// openProc opens a file of the caller's /proc, wherever the root is by now.
func (b *Block) openProc(name string, flags int) (int, syscall.Errno) {
	fd, errno := sys(unix.SYS_OPENAT, uintptr(b.life.proc), constant(name), uintptr(flags|unix.O_CLOEXEC), 0, 0, 0)
	return int(fd), errno
}

// gate holds the init until the launcher lets it go, or is gone.
func (b *Block) gate() {
	poll := unix.PollFd{Fd: b.Tasks.Control, Events: unix.POLLIN}
	for b.Order.Load() == OrderHold {
		_, errno := sys(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&poll)), 1, 0, 0, 0, 0)
		if errno != 0 && errno != unix.EINTR {
			sleep(10e6) // the kernel is short of something: not a reason to spin
		}
		if b.drain() && b.Order.Load() == OrderHold {
			b.outlive()
			exit(0)
		}
	}
	if b.Order.Load() == OrderRelease {
		exit(0)
	}
}

// drain takes the bytes that say "look"; true where the launcher is gone.
func (b *Block) drain() (gone bool) {
	var looks [64]byte
	for range 64 {
		n, errno := sys(unix.SYS_RECVFROM, uintptr(b.Tasks.Control),
			uintptr(unsafe.Pointer(&looks)), unsafe.Sizeof(looks), unix.MSG_DONTWAIT, 0, 0)
		switch {
		case errno == unix.ECONNRESET, errno == 0 && n == 0:
			return true
		case errno == unix.EINTR, errno == 0:
		default: // nothing more, or it fails for now: poll says so again
			return false
		}
	}
	return false
}

// outlive keeps the init for the moment in which systemd may be attaching it:
// the launcher was killed without a word. A process that dies while it is
// attached leaves a scope that was never populated, of which systemd hears no
// end, and keeps it (seen with 252). On cgroup v1 the attaching goes hierarchy
// by hierarchy and takes 10 ms: it is over when nothing has changed for 100. After
// 700 the second is short in which a killed run is gone.
func (b *Block) outlive() {
	l := &b.life
	last := now() + 700e6
	for end := last; now() < end; sleep(5e6) {
		readAll(l.place, &l.now[0], len(l.now))
		moved, moves := false, false
		for i := range l.now {
			moved = moved || l.now[i] != l.here[i]
			moves = moves || l.now[i] != l.text[i]
			l.text[i] = l.now[i]
		}
		if moves && moved {
			end = min(last, now()+100e6)
		}
	}
}

package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Steps that the launcher explains.
const (
	StepFind   = "finding the command"
	StepExec   = "executing"
	StepRlimit = "setting the limit"
	StepNice   = "setting the nice value"
	StepGroups = "setting the groups"
)

// runFiles has another process of this program, with Go, make the payload's files
// (package files), and waits for its end: it works in the init's mount namespace,
// and when it changes the root, the kernel changes the init's with it. What went
// wrong in there it has told by itself.
func (b *Block) runFiles() {
	if b.Tasks.FilesFD < 0 {
		return
	}
	b.startFiles()
	for {
		_, errno := sys(unix.SYS_WAIT4, uintptr(b.life.files), uintptr(unsafe.Pointer(&b.life.status)), 0, 0, 0, 0)
		if errno == 0 {
			break
		}
		if errno != unix.EINTR {
			b.fail("waiting for the files\x00", 0, errno)
		}
	}
	switch {
	case b.life.status == 0:
		return
	case b.Report.Errno == 0:
		b.fail("making the files\x00", 0, unix.EIO)
	}
	b.leave()
}

// startFiles starts it. The function's frame is the child's too.
//
//go:noinline
func (b *Block) startFiles() {
	const step = "starting the making of files\x00"
	pid, errno := vfork(unix.SYS_CLONE, vforkFlags|uintptr(unix.SIGCHLD), 0)
	if pid == 0 && errno == 0 {
		// What is sent to the payload's group is not for it: Go would end it by a TERM. What
		// came before this is forgotten once it is ignored.
		b.check(step, 0, call(unix.SYS_SETPGID, 0, 0, 0, 0, 0))
		for n := syscall.Signal(1); n < Signals; n++ {
			dispose(n, ignore) // not SIGKILL, SIGSTOP
			dispose(n, 0)
		}
		for _, fd := range [...]int32{b.Tasks.Memory, b.Tasks.FilesFD} {
			b.check(step, 0, call(unix.SYS_FCNTL, uintptr(fd), unix.F_SETFD, 0, 0, 0))
		}
		if b.Tasks.OwnUser {
			b.keepCapabilities()
		}
		f := &b.Tasks.Files
		b.fail(step, f.Path, execute(f.Path, f.Argv, f.Env))
	}
	b.check(step, 0, errno)
	b.life.files = int(pid)
}

// start starts the payload. The function's frame is the child's too.
//
//go:noinline
func (b *Block) start() {
	flags := vforkFlags | uintptr(unix.SIGCHLD)
	if b.Tasks.NoInit { // the payload is PID 1
		flags |= unix.CLONE_NEWPID
		if b.Tasks.Private {
			flags |= unix.CLONE_NEWNS
		}
	}
	pid, errno := vfork(unix.SYS_CLONE, flags, 0)
	if pid == 0 && errno == 0 {
		b.become()
		b.executePayload()
	}
	b.check(StepExec+"\x00", b.Tasks.Payload.Name, errno)
	if b.Phase.Load() == PhaseFailed {
		exit(1)
	}
	b.life.payload = int(pid)
	// From outside the name tells that the payload has been executed: what it is before
	// that is not for anybody to take over (nsinit's Join).
	b.check("naming the init\x00", 0, prctl(unix.PR_SET_NAME, constant(Name+"\x00"), 0, 0))
}

// become is what the payload's process does to itself between its clone and its
// exec: what must not touch the init.
func (b *Block) become() {
	p := &b.Tasks.Payload
	if b.Tasks.NoInit {
		b.tie()
		if b.Tasks.Proc {
			b.privateMounts()
			b.mountProc()
			b.guardProc()
		}
	}
	for i := range p.PassFDs.len() {
		b.check("passing a file descriptor\x00", 0,
			call(unix.SYS_FCNTL, uintptr(*p.PassFDs.at(i)), unix.F_SETFD, 0, 0, 0))
	}
	b.takeTerminal()
	b.setAttributes()
	b.dropBound()
	b.setIDs()
	b.giveCapabilities()
	if !b.Tasks.First { // a change of ids clears it
		b.tie()
	}
	if p.NoNewPrivs {
		b.check("setting no_new_privs\x00", 0, prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0))
	}
	if p.Time {
		b.check("making the time namespace\x00", 0, call(unix.SYS_UNSHARE, unix.CLONE_NEWTIME, 0, 0, 0, 0))
	}
	b.restoreCaller()
	if p.Filter.Size > 0 { // the last thing before the exec
		program := unix.SockFprog{Len: uint16(p.Filter.Size / 8), Filter: at[unix.SockFilter](p.Filter.At)}
		b.check("installing the seccomp filter\x00", 0,
			call(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program)), 0, 0))
	}
}

func (b *Block) tie() {
	b.check("tying the payload to the init\x00", 0, prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0))
}

// restoreCaller gives the payload what the caller had: closed standard files,
// ignored signals, and, last, the mask.
func (b *Block) restoreCaller() {
	const step = "restoring the caller's signals\x00"
	p := &b.Tasks.Payload
	for fd := range 3 {
		if p.Closed&(1<<fd) != 0 {
			closeFD(fd)
		}
	}
	for n := syscall.Signal(1); n < Signals; n++ {
		if p.Ignored&bit(n) != 0 {
			b.check(step, 0, dispose(n, ignore))
		}
	}
	b.check(step, 0, call(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&p.Mask)), 0, 8, 0))
}

func (b *Block) takeTerminal() {
	const step = "giving the payload its terminal\x00"
	p := &b.Tasks.Payload
	if p.Session {
		b.check(step, 0, call(unix.SYS_SETSID, 0, 0, 0, 0, 0))
	}
	if p.Stdio.len() > 0 {
		b.check(step, 0, call(unix.SYS_IOCTL, uintptr(p.Terminal), unix.TIOCSCTTY, 0, 0, 0))
	}
	for i := range p.Stdio.len() {
		b.check(step, 0, call(unix.SYS_DUP3, uintptr(p.Terminal), uintptr(*p.Stdio.at(i)), 0, 0, 0))
	}
}

// setAttributes gives the payload's process the caller's limits back, and then what was asked for.
func (b *Block) setAttributes() {
	p := &b.Tasks.Payload
	b.check(StepRlimit+"\x00", 0, p.Addresses.restore(unix.RLIMIT_AS))
	b.check(StepRlimit+"\x00", 0, p.Data.restore(unix.RLIMIT_DATA))
	b.check(StepRlimit+"\x00", 0, p.Stack.restore(unix.RLIMIT_STACK))
	b.check(StepRlimit+"\x00", 0, p.Processes.restore(unix.RLIMIT_NPROC))
	b.check(StepRlimit+"\x00", 0, p.File.restore(unix.RLIMIT_FSIZE))
	if p.Nice.Given {
		b.check(StepNice+"\x00", 0, call(unix.SYS_SETPRIORITY, unix.PRIO_PROCESS, 0, uintptr(p.Nice.Value), 0, 0))
	}
	if p.Policy.Given { // it keeps the nice value
		priority := int32(0)
		b.check("setting the scheduling policy\x00", 0,
			call(unix.SYS_SCHED_SETSCHEDULER, 0, uintptr(p.Policy.Value), uintptr(unsafe.Pointer(&priority)), 0, 0))
	}
	for i := range p.Rlimits.len() {
		r := p.Rlimits.at(i)
		b.check(StepRlimit+"\x00", r.Name,
			call(unix.SYS_PRLIMIT64, 0, uintptr(r.Resource), uintptr(unsafe.Pointer(&r.Limit)), 0, 0))
	}
}

// setIDs changes the ids; the capabilities stay for the step that drops them.
func (b *Block) setIDs() {
	p := &b.Tasks.Payload
	if !p.SetIDs {
		return
	}
	b.check(stepKeep, 0, prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0))
	b.check(StepGroups+"\x00", 0, call(unix.SYS_SETGROUPS, p.Groups.Size, p.Groups.At, 0, 0, 0))
	if gid := uintptr(p.GID.Value); p.GID.Given {
		b.check("setting the gid\x00", 0, call(unix.SYS_SETRESGID, gid, gid, gid, 0, 0))
	}
	if uid := uintptr(p.UID.Value); p.UID.Given {
		b.check("setting the uid\x00", 0, call(unix.SYS_SETRESUID, uid, uid, uid, 0, 0))
	}
}

// executePayload becomes the payload: the first candidate that there is, as
// execvp(3) does.
func (b *Block) executePayload() {
	p := &b.Tasks.Payload
	said, why := p.Name, syscall.Errno(unix.ENOENT)
	for i := range p.Candidates.len() {
		path := *p.Candidates.at(i)
		errno := execute(path, p.Argv, p.Env)
		switch {
		case errno != unix.EACCES && exists(path):
			b.fail(StepExec+"\x00", path, errno) // ENOENT here is a script's interpreter that is missing
		case errno == unix.EACCES || p.ByPath:
			said, why = path, errno
		}
	}
	b.fail(StepFind+"\x00", said, why)
}

func exists(path Text) bool {
	return call(unix.SYS_FACCESSAT, atCWD, uintptr(path), unix.F_OK, 0, 0) == 0
}

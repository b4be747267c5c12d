package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// becomeMonitor is what the monitor does before the command's process is there.
func (b *Block) becomeMonitor() {
	const step = "entering the run\x00"
	j := &b.Tasks.Join
	b.setScore()
	b.hide()
	b.check("becoming the reaper\x00", 0, prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0))
	b.check("naming the monitor\x00", 0, prctl(unix.PR_SET_NAME, constant("slimrun-exec\x00"), 0, 0))
	b.takeSession()
	if j.UserFirst {
		b.enterNamespace(j.User, unix.CLONE_NEWUSER)
	}
	b.enterNamespace(j.PIDs, unix.CLONE_NEWPID)
	b.hide() // a change of namespaces may undo it
	b.check(step, 0, prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0))
	if b.drain() { // the launcher died before that
		exit(0)
	}
	b.life.polled[pollOf] = unix.PollFd{Fd: j.Of, Events: unix.POLLIN}
}

// hide keeps the run's processes from tracing this one, and reading its files in /proc.
func (b *Block) hide() {
	b.check("forbidding to trace the monitor\x00", 0, prctl(unix.PR_SET_DUMPABLE, 0, 0, 0))
}

// takeSession: the monitor leads the session, so that a command that stops is no
// orphan, which the kernel would not let stop.
func (b *Block) takeSession() {
	const step = "giving the command its terminal\x00"
	p := &b.Tasks.Payload
	b.check(step, 0, call(unix.SYS_SETSID, 0, 0, 0, 0, 0))
	if p.Stdio.len() > 0 {
		b.check(step, 0, call(unix.SYS_IOCTL, uintptr(p.Terminal), unix.TIOCSCTTY, 0, 0, 0))
	}
}

// setScore is for the command, which inherits it: who is not dumpable may not set it.
func (b *Block) setScore() {
	const step = "setting oom_score_adj\x00"
	j := &b.Tasks.Join
	file, errno := b.openProc("self/oom_score_adj\x00", unix.O_WRONLY)
	b.check(step, j.Score, errno)
	size := uintptr(0)
	for *(*byte)(unsafe.Add(unsafe.Pointer(j.Score.bytes()), size)) != 0 {
		size++
	}
	b.check(step, j.Score, call(unix.SYS_WRITE, uintptr(file), uintptr(j.Score), size, 0, 0))
}

// startInside starts the command. The monitor waits for its exec: the launcher, which
// bounds that, ends the monitor, and the command with it.
//
//go:noinline
func (b *Block) startInside() {
	j, args := &b.Tasks.Join, &b.life.args
	*args = HelperArgs{Flags: unix.CLONE_VFORK, ExitSignal: uint64(unix.SIGCHLD)}
	trap, a1, a2 := uintptr(unix.SYS_CLONE), uintptr(unix.CLONE_VFORK|unix.SIGCHLD), uintptr(0)
	if j.Cgroup >= 0 {
		args.Flags |= unix.CLONE_INTO_CGROUP
		args.Cgroup = uint64(j.Cgroup)
		trap, a1, a2 = unix.SYS_CLONE3, uintptr(unsafe.Pointer(args)), unsafe.Sizeof(*args)
	}
	pid, errno := vfork(trap, a1, a2)
	if pid == 0 && errno == 0 {
		b.becomeInside()
		b.executePayload()
	}
	b.check(StepBorn+"\x00", 0, errno)
	if b.Phase.Load() == PhaseFailed {
		exit(1)
	}
	b.life.payload = int(pid)
	b.watchCommand()
	// From now on the monitor ends by the end of its socket, and not alone (abandon).
	b.check("entering the run\x00", 0, prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0))
}

// StepBorn is one that the launcher explains.
const StepBorn = "starting a process in the run's cgroup"

// watchCommand has the monitor wait for the command by a pidfd.
func (b *Block) watchCommand() {
	fd, errno := sys(unix.SYS_PIDFD_OPEN, uintptr(b.life.payload), 0, 0, 0, 0, 0)
	b.check("watching the command\x00", 0, errno)
	b.life.polled[pollCommand] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
}

// endWithRun: where the command shares the launcher's PID namespace, nothing else ends
// it with the run.
func (b *Block) endWithRun() {
	l := &b.life
	if l.polled[pollOf].Revents == 0 || l.done {
		return
	}
	l.polled[pollOf] = unix.PollFd{Fd: -1}
	kill(l.payload, unix.SIGKILL)
}

// endUnseen: a process of the run may trace the command, and keep its end, and how it
// ended, to itself. After a second it has ended by SIGKILL, for all that is known.
func (b *Block) endUnseen() {
	l := &b.life
	if l.polled[pollCommand].Revents == 0 || l.done {
		return
	}
	if l.held++; l.held < 100 {
		sleep(10e6)
		l.changed = true
		return
	}
	l.polled[pollCommand] = unix.PollFd{Fd: -1}
	l.status, l.done, l.gone = uint32(unix.SIGKILL), true, true
	b.killRest()
}

// continued has SIGCONT go to the whole group of a command that was stopped with it.
func (b *Block) continued(n syscall.Signal) bool {
	group := uintptr(-b.life.payload)
	return b.Tasks.Join.On && n == unix.SIGCONT && call(unix.SYS_KILL, group, uintptr(n), 0, 0, 0) == 0
}

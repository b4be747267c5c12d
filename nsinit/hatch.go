package nsinit

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// stageHatch is the argv[0] of a stage that lives for one clone. A process
// that has set its children's PID namespace by setns may not clone a new one
// (copy_pid_ns gives EINVAL); one born in there may. So the hatch is born in
// the embedded manager's namespace, clones the init below it as a child of
// the launcher (CLONE_PARENT), and is gone.
//
// It also opens the manager's socket: systemd refuses a peer whose PID its
// namespace does not show (getpeercred gives ENODATA).
const stageHatch = "slimrun-hatch"

// hatches says whether a clone takes that way.
func (c Clone) hatches() bool {
	return c.connectOnly || c.PIDParent != nil && c.Flags&unix.CLONE_NEWPID != 0
}

// argv is the first stage's: which socket to open, and for a hatch the clone
// flags and the number of fds.
func (c Clone) argv() []string {
	switch {
	case !c.hatches() && c.UserNS != nil && c.UserNS.Late && os.Geteuid() != 0:
		return []string{StageInit, c.Connect, stayDumpable}
	case !c.hatches():
		return []string{StageInit, c.Connect}
	}
	flags := c.Flags
	if c.UserNS != nil {
		flags |= unix.CLONE_NEWUSER
	}
	return []string{stageHatch, c.Connect, strconv.FormatUint(uint64(flags), 10), strconv.Itoa(len(childFiles(0, c.PassFDs)))}
}

// Connect opens a socket from within a PID namespace and returns it.
func Connect(parent *os.File, path string) (*os.File, error) {
	held, err := Hold(Clone{PIDParent: parent, Connect: path, connectOnly: true})
	if err != nil {
		return nil, err
	}
	defer held.Kill()
	event := <-held.Events
	if event.Failure != nil {
		return nil, event.Failure
	}
	if event.Kind != Connected || event.File == nil {
		return nil, fail("connecting to", path, syscall.ECONNREFUSED)
	}
	return event.File, nil
}

func runHatch(args []string) int {
	flags, err1 := strconv.ParseUint(args[2], 10, 32)
	count, err2 := strconv.Atoi(args[3])
	if err1 != nil || err2 != nil {
		return 1
	}
	if failure := connect(args[1]); failure != nil {
		return failed(failure)
	}
	if flags == 0 {
		return 0
	}
	return hatch(uintptr(flags), count)
}

func hatch(flags uintptr, count int) int {
	files := make([]uintptr, count)
	for fd := range files {
		files[fd] = uintptr(fd)
	}
	sys := &syscall.SysProcAttr{Cloneflags: flags | unix.CLONE_PARENT}
	if flags&unix.CLONE_NEWUSER != 0 {
		sys.AmbientCaps = EveryCapability()
	}
	_, err := syscall.ForkExec("/proc/self/exe", []string{StageInit, ""}, &syscall.ProcAttr{Env: runtimeEnv, Files: files, Sys: sys})
	if err != nil {
		return failed(fail("cloning the init", "", err))
	}
	return 0
}

func failed(failure *Failure) int {
	stream(controlFD).Write(appendFrame(nil, msgFailed, failure.encode()))
	return 1
}

// connect opens a unix socket and sends it to the launcher; "" is none.
func connect(path string) *Failure {
	if path == "" {
		return nil
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fail("making a socket", "", err)
	}
	defer unix.Close(fd)
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		return fail("connecting to", path, err)
	}
	if err := unix.Sendmsg(controlFD, appendFrame(nil, msgConnected, nil), unix.UnixRights(fd), nil, 0); err != nil {
		return fail("sending the socket", path, err)
	}
	return nil
}

package nsinit

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// stagePayload is the argv[0] of the payload's own stage, which becomes the
// payload: without an init as PID 1 of the new namespace, and wherever there is
// something to do to the payload that must not be done to the init.
const stagePayload = "slimrun-payload"

// start runs the payload as a child of this process.
func (p *process) start(config *Config) (pid int, failure *Failure) {
	if config.LastStage() {
		return startStage(config)
	}
	path, failure := find(config.Argv[0], config.Env)
	if failure != nil {
		return 0, failure
	}
	return forkExec(config.SigMask, path, config.Argv, &syscall.ProcAttr{
		Env: config.Env, Files: payloadFiles(config.PassFDs),
		Sys: &syscall.SysProcAttr{Unshareflags: config.Unshare.execFlags()},
	})
}

// forkExec starts a program with the caller's signal mask: the Go runtime
// hands its thread's to the child.
func forkExec(mask uint64, path string, argv []string, attr *syscall.ProcAttr) (int, *Failure) {
	if _, err := setSigMask(mask); err != nil {
		return 0, fail("restoring the signal mask", "", err)
	}
	pid, err := syscall.ForkExec(path, argv, attr)
	setSigMask(allSignals)
	if err != nil {
		return 0, fail(StepExec, path, err)
	}
	return pid, nil
}

// payloadFiles places the handed-over fds, which follow the control socket,
// at the numbers that the payload expects; all others close on exec.
func payloadFiles(numbers []int) []uintptr {
	files := []uintptr{0, 1, 2}
	for i, number := range numbers {
		for len(files) <= number {
			files = append(files, ^uintptr(0))
		}
		files[number] = uintptr(controlFD + 1 + i)
	}
	return files
}

// find looks a command up as execvp(3) does: a slash makes it a path, else
// the directories of the payload's PATH are tried. EACCES means that there is
// one which may not be executed.
func find(name string, env []string) (string, *Failure) {
	if strings.Contains(name, "/") {
		return name, executable(name)
	}
	failure := fail(StepFind, name, syscall.ENOENT)
	if name == "" {
		return "", failure
	}
	for _, dir := range strings.Split(searchPath(env), ":") {
		path := dir + "/" + name
		if dir == "" {
			path = "./" + name
		}
		switch found := executable(path); {
		case found == nil:
			return path, nil
		case found.Errno == syscall.EACCES:
			failure = found
		}
	}
	return "", failure
}

func searchPath(env []string) string {
	for _, variable := range env {
		if path, ok := strings.CutPrefix(variable, "PATH="); ok {
			return path
		}
	}
	return "/usr/local/bin:/usr/bin:/bin" // execvp's own, of glibc's confstr
}

func executable(path string) *Failure {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return fail(StepFind, path, err)
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return fail(StepFind, path, syscall.EACCES)
	}
	if err := unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS); err != nil {
		return fail(StepFind, path, err)
	}
	return nil
}

// startStage starts the payload's stage, without an init as PID 1 of a new
// namespace, sends it the config and hears how its exec went: nothing, or a
// Failure.
func startStage(config *Config) (int, *Failure) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fail("making a socket pair", "", err)
	}
	defer unix.Close(pair[0])
	files := []uintptr{0, 1, 2, uintptr(pair[1])}
	for i := range config.PassFDs {
		files = append(files, uintptr(controlFD+1+i))
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{stagePayload}, &syscall.ProcAttr{
		Env: runtimeEnv, Files: files, Sys: config.stageAttributes(),
	})
	unix.Close(pair[1])
	if err != nil {
		return 0, fail("cloning the payload's stage", "", err)
	}
	stream(pair[0]).Write(appendFrame(nil, msgGo, config.encode()))
	return pid, heardOf(stream(pair[0]))
}

func (c *Config) stageAttributes() *syscall.SysProcAttr {
	sys := &syscall.SysProcAttr{Unshareflags: c.Unshare.execFlags()}
	if c.NoInit {
		sys.Cloneflags, sys.Pdeathsig = unix.CLONE_NEWPID|unix.CLONE_NEWNS, syscall.SIGKILL
	}
	return sys
}

func heardOf(s stream) *Failure {
	kind, body, err := readFrame(s)
	if err != nil {
		return nil // the stream closed on exec
	}
	failure, err := decodeFailure(body)
	if kind != msgFailed || err != nil {
		return fail("starting the payload", "", syscall.EPROTO)
	}
	return failure
}

// runPayload is the payload's stage: it reads its config, mounts /proc and
// becomes the payload.
func runPayload() int {
	kind, body, err := readFrame(stream(controlFD))
	config, err2 := decodeConfig(body)
	if kind != msgGo || err != nil || err2 != nil {
		return failed(fail("reading the config", "", syscall.EPROTO))
	}
	control, err := moveFD(controlFD, config.PassFDs)
	if err != nil {
		return failed(fail("moving the control socket", "", err))
	}
	stream(control).Write(appendFrame(nil, msgFailed, config.become().encode()))
	return 1
}

// closeOnExec keeps all but the standard fds from the payload (kernel 5.11).
func closeOnExec() error {
	return unix.CloseRange(controlFD, ^uint(0), unix.CLOSE_RANGE_CLOEXEC)
}

// moveFD duplicates a descriptor to where none was handed over nor is to be.
func moveFD(fd int, numbers []int) (int, error) {
	last := controlFD + len(numbers)
	for _, number := range numbers {
		last = max(last, number)
	}
	return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, last+1)
}

// placeFDs moves the handed-over fds out of each other's way, closes the rest
// on exec, and gives them their numbers.
func placeFDs(numbers []int) *Failure {
	moved := make([]int, len(numbers))
	for i := range numbers {
		fd, err := moveFD(controlFD+1+i, numbers)
		if err != nil {
			return fail("passing a file descriptor", "", err)
		}
		moved[i] = fd
	}
	if err := closeOnExec(); err != nil {
		return fail("closing file descriptors", "", err)
	}
	for i, number := range numbers {
		if err := unix.Dup3(moved[i], number, 0); err != nil {
			return fail("passing a file descriptor", "", err)
		}
	}
	return nil
}

package nsinit

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// stageFiles is the argv[0] of this program where it makes the payload's files
// (Files): that takes more than a list of prepared calls. It does so as a child
// of the init, in the init's mount namespace, and is gone before the payload
// starts. When it changes the root, the kernel changes the init's with it.
const stageFiles = "slimrun-files"

// stage is how the init starts it.
type stage struct {
	calls  []call
	path   *byte
	argv   []*byte
	env    []*byte
	unborn telling // the failure to clone or execute it
}

// prepareStage has the stage read what it is to do from a file in memory.
func (p *process) prepareStage(a *ark, config *Config, keep *[]int) error {
	fd, err := unix.MemfdCreate("slimrun-files", unix.MFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("describing the files: %w", err)
	}
	if _, err := unix.Pwrite(fd, config.filesJob().encode(), 0); err != nil {
		return fmt.Errorf("describing the files: %w", err)
	}
	*keep = append(*keep, fd)
	list := &calls{ark: a}
	for _, file := range []int{int(p.control), fd} {
		list.add("starting "+stageFiles, "", unix.SYS_FCNTL, file, unix.F_SETFD, 0)
	}
	if config.OwnUser {
		list.keepCapabilities()
	}
	p.files = stow(a, stage{
		path: list.text("/proc/self/exe"), argv: list.texts([]string{stageFiles, strconv.Itoa(int(p.control)), strconv.Itoa(fd)}),
		env: list.texts([]string{"GOMAXPROCS=1", "GOGC=off"}), calls: stowAll(a, list.list),
		unborn: a.telling(Failure{Step: "starting " + stageFiles}),
	})
	return list.err
}

// keepCapabilities takes all there are in the process's own user namespace over
// an exec, which else leaves them to root alone.
func (c *calls) keepCapabilities() {
	const step = "keeping capabilities"
	every := [2]uint32{^uint32(0), uint32(1)<<(unix.CAP_LAST_CAP-31) - 1}
	c.capset(step, every, every, every)
	first := len(c.list)
	c.raise(step, uint64(every[1])<<32|uint64(every[0]))
	for i := range c.list[first:] {
		c.list[first+i].ignored = unix.EINVAL // beyond the kernel's last one
	}
}

// runStage starts the stage and waits for its end. What went wrong in there it
// has told by itself.
//
//go:norace
//go:nosplit
func (p *process) runStage() {
	p.startStage()
	p.wait(0)
	p.payload = 0
	if p.status != 0 {
		p.exit(1)
	}
}

//go:norace
//go:nosplit
//go:noinline
func (p *process) startStage() {
	pid, errno := vfork(unix.SYS_CLONE, vforkFlags|uintptr(unix.SIGCHLD), 0)
	if pid == 0 && errno == 0 {
		s := p.files
		p.perform(s.calls)
		_, errno := sys(unix.SYS_EXECVE, uintptr(unsafe.Pointer(s.path)), uintptr(unsafe.Pointer(unsafe.SliceData(s.argv))), uintptr(unsafe.Pointer(unsafe.SliceData(s.env))), 0, 0, 0)
		p.leave(s.unborn, errno)
	}
	if errno != 0 {
		p.leave(p.files.unborn, errno)
	}
	p.payload = int(pid)
}

// init takes over a process that was started as the stage, before package main
// and the packages that only the launcher needs are initialised. It runs on the
// process's main thread, to which the runtime ties initialisation.
func init() {
	if os.Args[0] == stageFiles {
		os.Exit(runFiles(os.Args))
	}
}

// runFiles is the stage: its arguments are the control socket and the file that
// says what to do.
func runFiles(args []string) int {
	if len(args) != 3 {
		return 1
	}
	control, err1 := strconv.Atoi(args[1])
	config, err2 := strconv.Atoi(args[2])
	if err1 != nil || err2 != nil {
		return 1
	}
	unix.CloseOnExec(control)
	failure := fail("reading what files to make", "", syscall.EPROTO)
	if job, ok := readJob(config); ok {
		failure = job.make()
	}
	if failure != nil {
		unix.Send(control, failure.message(), unix.MSG_NOSIGNAL)
		return 1
	}
	return 0
}

// filesJob is what the stage must know.
type filesJob struct {
	Files
	Proc bool // the init is PID 1: the root gets a fresh /proc
}

func (c *Config) filesJob() *filesJob { return &filesJob{c.Files, c.Proc && !c.NoInit} }

func (j *filesJob) fields(x *codec) {
	j.Files.fields(x)
	x.bool(&j.Proc)
}

func (j *filesJob) encode() []byte {
	x := codec{}
	j.fields(&x)
	return x.buf
}

func readJob(fd int) (*filesJob, bool) {
	text := make([]byte, 1<<16)
	size := 0
	for {
		n, err := unix.Pread(fd, text[size:], int64(size))
		if err != nil {
			return nil, false
		}
		if n == 0 {
			break
		}
		if size += n; size == len(text) {
			text = append(text, make([]byte, size)...)
		}
	}
	unix.Close(fd)
	return decodeJob(text[:size])
}

func decodeJob(text []byte) (*filesJob, bool) {
	x, j := codec{buf: text, reading: true}, &filesJob{}
	j.fields(&x)
	return j, !x.failed && len(x.buf) == 0
}

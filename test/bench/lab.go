package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// registry is where an embedded manager is found; stateFile names it: "PID
// NAMESPACE".
const (
	registry  = "/run/slimrun"
	stateFile = registry + "/embedded/state"
)

// labStage is the bench in a mount namespace of its own, where it finds no
// manager but its own: that of other runs on the machine is busy with those.
const labStage = "slimrun-bench-lab"

func runApart() int {
	command := exec.Command("/proc/self/exe", os.Args[1:]...)
	command.Args[0] = labStage
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	if err := command.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

func ownRegistry() error {
	if err := os.MkdirAll(registry, 0o700); err != nil {
		return err
	}
	return unix.Mount("tmpfs", registry, "tmpfs", 0, "mode=0700")
}

// lab is a place to start peers from: on the machine, or inside the embedded
// manager's namespaces, where its socket takes anybody and systemd-run finds
// it as /run/systemd/private. Each is a thread that has entered them, so that
// no nsenter counts against a peer.
type lab struct {
	here, inside *post
	holder       *exec.Cmd // the run that keeps the manager
	release      io.Closer
	manager      int
}

// openLab boots the manager and tells how long a boot takes.
func openLab(slimrun string, priority int) (sample, *lab, error) {
	boot, err := boots(slimrun)
	if err != nil {
		return nil, nil, err
	}
	holder := exec.Command(slimrun, "-q", "--manager", "embedded", "--", "cat")
	release, err := holder.StdinPipe()
	if err == nil {
		err = holder.Start()
	}
	if err == nil {
		err = awaitManager()
	}
	if err != nil {
		return nil, nil, err
	}
	l := &lab{holder: holder, release: release}
	if l.manager, err = managerPID(); err != nil {
		return nil, nil, err
	}
	// Best effort: without it the figures scatter more.
	unix.Setpriority(unix.PRIO_PROCESS, l.manager, priority)
	unix.Setpriority(unix.PRIO_PROCESS, 0, priority)
	l.here, l.inside = newPost(nil, priority), newPost(func() error { return enter(l.manager) }, priority)
	return boot, l, errors.Join(l.here.err, l.inside.err)
}

// boots times first runs: from nothing to the end of a run under a manager
// that was booted for it. Each waits for the end of the manager before.
func boots(slimrun string) (boot sample, err error) {
	for range 3 {
		start := time.Now()
		if err := exec.Command(slimrun, "-q", "--manager", "embedded", "--", "true").Run(); err != nil {
			return nil, fmt.Errorf("booting the embedded manager: %w", err)
		}
		boot = append(boot, ms(time.Since(start)))
		for range 1000 {
			if content, err := os.ReadFile(stateFile); err == nil && len(content) == 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return boot, nil
}

// awaitManager waits until the manager that the holder boots is known.
func awaitManager() error {
	for range 1000 {
		if _, err := managerPID(); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("no embedded manager after 10 s")
}

func (l *lab) close() {
	l.release.Close()
	l.holder.Wait()
	unix.Setpriority(unix.PRIO_PROCESS, l.manager, 0)
}

func managerPID() (int, error) {
	content, err := os.ReadFile(stateFile)
	if err != nil {
		return 0, fmt.Errorf("finding the embedded manager: %w", err)
	}
	pid, _, _ := strings.Cut(string(content), " ")
	return strconv.Atoi(pid)
}

// enter puts this thread, and what it starts, into the manager's namespaces.
func enter(pid int) error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	// PID for the children, mounts and cgroups for the thread itself.
	if err := unix.Setns(fd, unix.CLONE_NEWPID|unix.CLONE_NEWCGROUP|unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("entering the manager's namespaces: %w", err)
	}
	return unix.Chdir("/")
}

// post is a thread that does what it is told.
type post struct {
	work chan func()
	err  error
}

func newPost(prepare func() error, priority int) *post {
	p := &post{work: make(chan func())}
	ready := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), priority)
		if prepare != nil {
			p.err = prepare()
		}
		close(ready)
		for f := range p.work {
			f()
		}
	}()
	<-ready
	return p
}

func (p *post) do(f func()) {
	done := make(chan struct{})
	p.work <- func() { f(); close(done) }
	<-done
}

// time runs a command to its end. Any status but 0 is an error.
func (p *post) time(argv []string) (took time.Duration, err error) {
	p.do(func() {
		start := time.Now()
		err = waitFor(spawn(argv, nil))
		took = time.Since(start)
	})
	if err != nil {
		err = fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
	}
	return took, err
}

// spawn starts a command with stdout given, /dev/null else.
func spawn(argv []string, stdout *os.File) (*os.Process, error) {
	if stdout == nil {
		stdout = null
	}
	return os.StartProcess(argv[0], argv, &os.ProcAttr{Env: environment, Files: []*os.File{null, stdout, os.Stderr}})
}

func waitFor(process *os.Process, err error) error {
	if err != nil {
		return err
	}
	state, err := process.Wait()
	if err == nil && !state.Success() {
		err = errors.New(state.String())
	}
	return err
}

var (
	null, _     = os.OpenFile(os.DevNull, os.O_RDWR, 0)
	environment = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"}
)

// path finds a program, "" where it is not installed.
func path(name string) string {
	found, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return found
}

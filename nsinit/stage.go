package nsinit

import (
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// init takes over a process that was started as a stage, before package main
// and the packages that only the launcher needs are initialised. It runs on
// the process's main thread, to which the runtime ties initialisation.
func init() {
	switch os.Args[0] {
	case StageInit:
		os.Exit(runInit())
	case stagePayload:
		os.Exit(runPayload())
	case stageHatch:
		os.Exit(runHatch(os.Args))
	}
}

// runInit is the held child: gate, set-up, payload, and PID 1. Its own exit
// status says nothing: what there is to tell goes over the socket.
func runInit() int {
	p, err := newProcess()
	if err != nil {
		return 1
	}
	if failure := connect(os.Args[1]); failure != nil {
		return failed(failure)
	}
	config, err := p.gate()
	if err != nil {
		return 0
	}
	if err := closeOnExec(); err != nil {
		return failed(fail("closing file descriptors", "", err))
	}
	if failure := p.enter(config); failure != nil {
		p.send(msgFailed, failure.encode())
		return 1
	}
	p.mark("payload executed")
	p.sendMarks()
	p.send(msgStarted, nil)
	return p.serve()
}

// process is the held child's own state.
type process struct {
	control stream
	signals chan os.Signal
	config  *Config
	payload int           // PID, 0 before its start
	first   bool          // PID 1 of its namespace: the kernel kills what it leaves
	done    atomic.Bool   // the payload has ended
	buried  chan struct{} // closed when no child is left
	modes   terminalModes
	marks   []Mark
	grouped [65]time.Time // when a signal last came to the whole process group
}

func newProcess() (*process, error) {
	if len(os.Args) < 3 {
		if failure := undumpable(); failure != nil {
			return nil, failure
		}
	}
	p := &process{control: controlFD, first: os.Getpid() == 1, buried: make(chan struct{})}
	p.mark("started")
	return p, nil
}

// gate holds the process until the launcher lets it go. Errors: the launcher
// is gone.
func (p *process) gate() (*Config, error) {
	p.mark("ready, at the gate")
	p.send(msgReady, nil)
	p.signals = catchSignals()
	p.mark("signals caught")
	here := ownCgroup()
	kind, body, err := readFrame(p.control)
	if err != nil {
		outlive(here)
		return nil, err
	}
	if kind != msgGo {
		return nil, errFrame
	}
	return decodeConfig(body)
}

// outlive keeps this process for the moment in which systemd may be attaching
// it: the launcher was killed without a word. A process that dies while it is
// attached leaves a scope that was never populated, of which systemd hears no
// end, and keeps it (seen with 252: the attaching takes 10 ms on cgroup v1).
func outlive(cgroup string) {
	for end := time.Now().Add(attachWithin); ownCgroup() == cgroup && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// attachWithin is short of the second in which a killed run is gone.
const attachWithin = 700 * time.Millisecond

func ownCgroup() string {
	content, _ := os.ReadFile("/proc/self/cgroup")
	return string(content)
}

// enter makes the inside and starts the payload in it.
func (p *process) enter(config *Config) *Failure {
	p.config = config
	p.mark("let go")
	// Not by SysProcAttr: Go then checks getppid, which says 0 for a parent
	// outside the PID namespace, and kills the child. A launcher that died
	// before this line is seen as the end of the socket.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fail("asking for the launcher's death signal", "", err)
	}
	if !p.first {
		// Without a PID namespace to die with, orphans come here to be reaped.
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return fail("becoming the reaper", "", err)
		}
	}
	if failure := config.apply(); failure != nil {
		return failure
	}
	p.mark("namespaces set up")
	p.modes = readModes()
	pid, failure := p.start(config)
	p.payload = pid
	return failure
}

func (p *process) send(kind byte, body []byte) {
	// A failed write means that the launcher is gone: the next read says so.
	p.control.Write(appendFrame(nil, kind, body))
}

// stream is a blocking file descriptor, read and written without the poller.
type stream int

func (s stream) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(s), b)
		switch {
		case err == unix.EINTR:
		case err == nil && n == 0 && len(b) > 0:
			return 0, io.EOF
		default:
			return max(n, 0), err
		}
	}
}

func (s stream) Write(b []byte) (int, error) {
	for sent := 0; sent < len(b); {
		n, err := unix.SendmsgN(int(s), b[sent:], nil, nil, unix.MSG_NOSIGNAL)
		if err != nil && err != syscall.EINTR {
			return sent, err
		}
		sent += max(n, 0)
	}
	return len(b), nil
}

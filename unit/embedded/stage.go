package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/problem"
)

// The stages are this very program, run again under another name.
const (
	supervisorStage = "slimrun-supervisor"
	managerStage    = "slimrun-manager"
)

// File descriptors that a stage inherits, above its stdio.
const (
	answerFD = 3 // a pipe to whoever started the stage: one answer
	bootFD   = 4 // the supervisor's: the boot lock, whose end is the boot's
)

// Stage says whether this process is a stage of the embedded manager,
// and returns its main. main calls it first thing.
func Stage(argv0 string) (stage func() int, ok bool) {
	switch argv0 {
	case supervisorStage:
		return func() int { return runStage(argv0, supervise) }, true
	case managerStage:
		return func() int { return runStage(argv0, becomeManager) }, true
	}
	return nil, false
}

// runStage stays on one thread: Pdeathsig, unshare and exec are a thread's.
func runStage(name string, stage func(registry, *os.File) error) int {
	runtime.LockOSThread()
	unix.CloseOnExec(answerFD)
	answers := os.NewFile(answerFD, "answer")
	// /proc/self/exe would show as "exe" in ps and top.
	if err := os.WriteFile("/proc/self/comm", []byte(name), 0); err != nil {
		return reply(answers, fmt.Errorf("naming the process: %w", err))
	}
	r, err := parseRegistry(os.Args[1:])
	if err != nil {
		return reply(answers, err)
	}
	if err := stage(r, answers); err != nil {
		return reply(answers, err)
	}
	return 0
}

// args is the registry on a stage's command line, for ps and the stage alike.
func (r registry) args(name string) []string {
	return append([]string{name, r.dir, r.linger.String()}, r.systemd...)
}

func parseRegistry(args []string) (registry, error) {
	if len(args) < 3 {
		return registry{}, errors.New("a stage of the embedded manager: slimrun starts it by itself")
	}
	linger, err := time.ParseDuration(args[1])
	return registry{dir: args[0], linger: linger, systemd: args[2:]}, err
}

// answer is what a stage says once: that it is ready, or why it is not.
type answer struct {
	Error string `json:"error,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

// reply sends an error to whoever started the stage, and is its exit status.
// That one may be gone: nothing is to be done then.
func reply(answers *os.File, err error) int {
	err = explainFull(err)
	a := answer{Error: err.Error(), Hint: problem.Remedy(err)}
	json.NewEncoder(answers).Encode(a)
	return 125
}

// err is the stage's error, as it was there.
func (a answer) err() error {
	switch {
	case a.Error == "":
		return nil
	case a.Hint == "":
		return errors.New(a.Error)
	}
	return problem.Of(errors.New(a.Error), a.Hint)
}

// closeInherited closes what the caller's caller left open. After an exec
// that is just what lacks CLOEXEC; what the Go runtime has opened since (it
// keeps the cgroup's cpu.max, Go 1.25) has it, and a close_range would take
// that away from under it.
func closeInherited(above int) error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("closing inherited files: %w", err)
	}
	for _, entry := range entries {
		fd, err := strconv.Atoi(filepath.Base(entry.Name()))
		if err != nil || fd <= above {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			unix.Close(fd)
		}
	}
	return nil
}

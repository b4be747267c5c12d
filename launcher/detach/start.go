package detach

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/nsinit"
)

// waitingName is the program's name in the process that waits.
const waitingName = "slimrun-waiting"

// answer is what the waiting slimrun tells the first: the run's name, or the status of
// a launch that failed.
type answer struct {
	Name   string
	Status int
}

// Start has a run of this line detached, and prints its name. It is the exit status.
func Start(asked spec.Spec, args []string, out console.Console) int {
	a, err := start(asked.Stdin, args)
	switch {
	case err != nil:
		return out.Failed(fmt.Errorf("detaching: %w", err))
	case a.Name == "":
		return a.Status
	}
	return out.Script(a.Name + "\n")
}

func start(stdin string, args []string) (a answer, err error) {
	in, err := openStdin(stdin)
	if err != nil {
		return a, err
	}
	defer in.Close()
	ours, theirs, err := pair()
	if err != nil {
		return a, err
	}
	defer ours.Close()
	err = execute(in, theirs, args)
	unix.Close(theirs)
	if err != nil {
		return a, err
	}
	if err := json.NewDecoder(ours).Decode(&a); err != nil {
		return a, errors.New("the waiting slimrun ended without a word of the launch: was it killed?")
	}
	return a, nil
}

// openStdin opens what the payload reads; a FIFO that nobody writes to is at its end.
func openStdin(name string) (*os.File, error) {
	if name == "" {
		name = os.DevNull
	}
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("--stdin %q: %w", name, err)
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("--stdin %q: %w", name, err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// pair is a connection: this end, and one that an exec leaves open, under a number
// that the caller does not use.
func pair() (ours *os.File, theirs int, err error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("making a socket: %w", err)
	}
	defer unix.Close(ends[1])
	theirs, err = unix.FcntlInt(uintptr(ends[1]), unix.F_DUPFD, 3)
	if err != nil {
		unix.Close(ends[0])
		return nil, 0, fmt.Errorf("making a socket: %w", err)
	}
	return os.NewFile(uintptr(ends[0]), "the waiting slimrun"), theirs, nil
}

// execute starts this program again, with the caller's signals as the caller has them:
// this process's own are those that Go needs.
func execute(in *os.File, connection int, args []string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for s := syscall.Signal(1); s < 65; s++ {
		if nsinit.CallerIgnores(s) {
			signal.Ignore(s)
		}
	}
	var own unix.Sigset_t
	callers := unix.Sigset_t{Val: [16]uint64{nsinit.CallerBlocks()}}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &callers, &own); err != nil {
		return err
	}
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &own, nil)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	line := append([]string{waitingName, strconv.Itoa(connection)}, args...)
	process, err := os.StartProcess("/proc/self/exe", line, &os.ProcAttr{
		Files: []*os.File{in, null, os.Stderr}, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return err
	}
	return process.Release() // whoever is PID 1 reaps it
}

package detach

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
)

// waitingName is the program's name in the process that waits.
const waitingName = "slimrun-waiting"

const (
	// turnWithin is how long a launch waits for its turn: a thousand that start at once
	// take 10 to 20 s.
	turnWithin = 2 * time.Minute
	// placeWithin bounds what the manager is asked for.
	placeWithin = 30 * time.Second
	// heardWithin is how long a waiting slimrun that has failed may take to say so.
	heardWithin = 100 * time.Millisecond
)

// Start has a run of this line detached, and prints its name; it is the exit status.
// Errors are of a launch of which nobody else has told.
func Start(asked spec.Spec, args []string, out console.Console) (status int, err error) {
	name := asked.Name
	if name == "" {
		name = spec.GenerateName(asked.Argv[0])
	}
	ctx, cancel := context.WithTimeout(context.Background(), turnWithin)
	defer cancel()
	m, err := unit.Find(ctx, asked.Kind)
	if err != nil {
		return 0, err
	}
	defer m.Close() // and with it the turn
	other, err := execute(asked.Stdin, name, args)
	if err != nil {
		return 0, fmt.Errorf("detaching: %w", err)
	}
	defer other.Close() // and with it a launch that is not done
	if err := other.launch(ctx, m, name, out); err != nil {
		if a, heard := other.heard(heardWithin); heard {
			return a.Status, nil
		}
		return 0, err
	}
	a, heard := other.heard(0)
	switch {
	case !heard:
		return 0, errors.New("the waiting slimrun ended without a word of the launch: was it killed?")
	case a.Name == "":
		return a.Status, nil
	}
	return out.Script(a.Name + "\n"), nil
}

// other is the waiting slimrun, as the first sees it.
type other struct {
	*os.File
	pid int
}

// launch takes the launch's turn at the manager, and a scope for the waiting slimrun
// while that gets ready and launches.
func (o *other) launch(ctx context.Context, m *unit.Manager, name string, out console.Console) error {
	if err := m.Queue(ctx); err != nil {
		return err
	}
	if _, err := o.Write([]byte{mayLaunch}); err != nil {
		return err
	}
	warn(m, name, out)
	ctx, cancel := context.WithTimeout(ctx, placeWithin)
	defer cancel()
	if err := place(ctx, m, name, o.pid); err != nil {
		return fmt.Errorf("detaching: %w", err)
	}
	_, err := o.Write([]byte{mayGo})
	return err
}

// heard is the answer, within a time; 0 for as long as it takes.
func (o *other) heard(within time.Duration) (a answer, ok bool) {
	if within > 0 {
		o.SetReadDeadline(time.Now().Add(within))
	}
	err := json.NewDecoder(o).Decode(&a)
	return a, err == nil
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
	if err == nil {
		err = unix.SetNonblock(ends[0], true) // for a deadline
	}
	if err != nil {
		unix.Close(ends[0])
		return nil, 0, fmt.Errorf("making a socket: %w", err)
	}
	return os.NewFile(uintptr(ends[0]), "the waiting slimrun"), theirs, nil
}

// execute starts this program again: as the waiting slimrun.
func execute(stdin, name string, args []string) (*other, error) {
	in, err := openStdin(stdin)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	ours, theirs, err := pair()
	if err != nil {
		return nil, err
	}
	defer unix.Close(theirs)
	line := append([]string{waitingName, strconv.Itoa(theirs), name}, args...)
	process, err := startAsCalled(line, []*os.File{in, null, os.Stderr})
	if err != nil {
		ours.Close()
		return nil, err
	}
	pid := process.Pid
	return &other{File: ours, pid: pid}, process.Release() // whoever is PID 1 reaps it
}

// startAsCalled starts this program, in a session of its own, with signals as the caller
// of this process has them: its own are those that Go needs.
func startAsCalled(line []string, files []*os.File) (*os.Process, error) {
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
		return nil, err
	}
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &own, nil)
	return os.StartProcess("/proc/self/exe", line, &os.ProcAttr{Files: files, Sys: &syscall.SysProcAttr{Setsid: true}})
}

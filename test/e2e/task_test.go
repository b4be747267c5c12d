package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// A task is a command that runs in the background under a name.
type task struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// start NAME CMD... runs a command in the background. Its output goes to the files
// NAME.out and NAME.err, its PID to $NAME_pid. What still runs when the scenario
// ends is killed.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME CMD [ARG...]")
	}
	cmd := command(ts, args[1:])
	cmd.Stdout, cmd.Stderr = create(ts, args[0]+".out"), create(ts, args[0]+".err")
	ts.Check(cmd.Start())
	t := &task{cmd, make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(t.done)
	}()
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		<-t.done
	})
	ts.Setenv(args[0]+"_pid", strconv.Itoa(cmd.Process.Pid))
	tasks(ts)[args[0]] = t
}

// signal NAME SIG sends a signal to a task, and to nothing below it.
func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: signal NAME SIG")
	}
	sig, err := signalOf(args[1])
	ts.Check(err)
	ts.Check(taskOf(ts, args[0]).cmd.Process.Signal(sig))
}

// flood NAME DURATION SIG... sends signals to a task for that long, as many as can be
// sent, or until it has ended.
func flood(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: flood NAME DURATION SIG...")
	}
	long, err := time.ParseDuration(args[1])
	ts.Check(err)
	var sigs []syscall.Signal
	for _, name := range args[2:] {
		sig, err := signalOf(name)
		ts.Check(err)
		sigs = append(sigs, sig)
	}
	t := taskOf(ts, args[0])
	for end := time.Now().Add(long); time.Now().Before(end); {
		for _, sig := range sigs {
			// EAGAIN: as many as its user may have are queued already.
			if err := t.cmd.Process.Signal(sig); errors.Is(err, os.ErrProcessDone) {
				return
			}
		}
	}
}

// signalOf knows signals by name, and real-time ones by number.
func signalOf(name string) (syscall.Signal, error) {
	if n, err := strconv.Atoi(name); err == nil && n > 0 && n <= 64 {
		return syscall.Signal(n), nil
	}
	sig := unix.SignalNum("SIG" + strings.TrimPrefix(name, "SIG"))
	if sig == 0 {
		return 0, fmt.Errorf("no signal is called %s", name)
	}
	return sig, nil
}

// ended NAME STATUS [DURATION] waits until a task has ended, 10 seconds unless
// told, and asserts its status as status does.
func ended(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: ended NAME STATUS [DURATION]")
	}
	limit := 10 * time.Second
	if len(args) == 3 {
		var err error
		limit, err = time.ParseDuration(args[2])
		ts.Check(err)
	}
	t := taskOf(ts, args[0])
	select {
	case <-t.done:
	case <-time.After(wait(limit)):
		for _, p := range allProcesses() {
			if p.marked(ts.Getenv("WORK")) {
				ts.Logf("still there: process %d %q in %s\n%s%s",
					p.pid, p.argv, read(p.file("wchan")), read(p.file("status")), read(p.file("syscall")))
			}
		}
		tooLate(ts, "%s has not ended after %s", args[0], wait(limit))
	}
	got := statusOf(t.cmd.ProcessState.Sys().(syscall.WaitStatus))
	if got != args[1] {
		ts.Fatalf("%s ended with status %s, not %s; it said:\n%s", args[0], got, args[1], ts.ReadFile(args[0]+".err"))
	}
}

// taskWords is what the tasks have said on stderr, for whoever waits in vain.
func taskWords(ts *testscript.TestScript) string {
	var words strings.Builder
	for name := range tasks(ts) {
		fmt.Fprintf(&words, "%s said:\n%s", name, ts.ReadFile(name+".err"))
	}
	return words.String()
}

func tasks(ts *testscript.TestScript) map[string]*task {
	return ts.Value(tasksKey{}).(map[string]*task)
}

func taskOf(ts *testscript.TestScript, name string) *task {
	t, ok := tasks(ts)[name]
	if !ok {
		ts.Fatalf("nothing was started as %s", name)
	}
	return t
}

// command is a command in the scenario's folder and environment.
func command(ts *testscript.TestScript, args []string) *exec.Cmd {
	env := environ(ts)
	file := args[0]
	if !strings.Contains(file, "/") {
		file = lookPath(file, ts.Getenv("PATH"))
	}
	cmd := exec.Command(file, args[1:]...)
	cmd.Args[0] = args[0]
	cmd.Dir, cmd.Env = ts.MkAbs("."), env
	return cmd
}

// lookPath is exec.LookPath in the scenario's PATH, not in this process's.
func lookPath(name, path string) string {
	for dir := range strings.SplitSeq(path, ":") {
		file := dir + "/" + name
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file
		}
	}
	return name
}

func create(ts *testscript.TestScript, name string) *os.File {
	f, err := os.Create(ts.MkAbs(name))
	ts.Check(err)
	ts.Defer(func() { f.Close() })
	return f
}

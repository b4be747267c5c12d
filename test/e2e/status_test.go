package e2e

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// status N CMD... runs a command whose exit status must be N, or one of N|M; SIGKILL in place of
// N says that the command itself must have died of that signal. stdout and stderr
// then look at its output as after exec.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N CMD [ARG...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	if errors.Is(err, context.DeadlineExceeded) {
		tooLate(ts, "%s was still running at the end of the scenario's time", args[1])
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	got := "0"
	if exit != nil {
		got = statusOf(exit.Sys().(syscall.WaitStatus))
	}
	if !slices.Contains(strings.Split(args[0], "|"), got) {
		ts.Fatalf("status %s, not %s", got, args[0])
	}
}

// statusOf tells a process that died of a signal from one that exited 128+N.
func statusOf(w syscall.WaitStatus) string {
	if w.Signaled() {
		return unix.SignalName(w.Signal())
	}
	return strconv.Itoa(w.ExitStatus())
}

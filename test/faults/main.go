// Faults fails each system call of a launch in turn, in slimrun and in its init, the first
// eight times that a thread makes it, by strace's injection. Each time the outcome must be
// the payload's, or 125 and a message; within 10 s; with nothing left; and the payload must
// not have run without its limit.
//
//	go run ./test/faults -slimrun ./slimrun [-call REGEXP] [-errno EPERM]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
)

func main() {
	slimrun := flag.String("slimrun", "./slimrun", "the program")
	call := flag.String("call", ".", "only system calls that match")
	line := flag.String("line", ".", "only lines that match")
	errno := flag.String("errno", "EPERM", "what they fail with")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *slimrun, *line, *call, *errno); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, slimrun, line, call, errno string) error {
	lines, err1 := regexp.Compile(line)
	calls, err2 := regexp.Compile(call)
	slimrun, err3 := filepath.Abs(slimrun)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "slimrun-faults-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l := &lab{ctx: ctx, slimrun: slimrun, dir: dir, payload: filepath.Join(dir, payloadName), errno: errno}
	if err := l.furnish(); err != nil {
		return err
	}
	release, err := l.holdManager()
	if err != nil {
		return err
	}
	defer release()
	return l.sweep(lines, calls)
}

// furnish makes what the lines name: the payload, and a root directory with it.
func (l *lab) furnish() error {
	build := exec.CommandContext(
		l.ctx,
		"go",
		"build",
		"-ldflags",
		"-s -w -E main.entry",
		"-o",
		l.payload,
		"./test/faults/payload",
	)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the payload: %w: %s", err, out)
	}
	for _, name := range []string{"root/proc", "root/sys", "root/dev", "root/tmp", "data"} {
		if err := os.MkdirAll(filepath.Join(l.dir, name), 0o755); err != nil {
			return err
		}
	}
	return errors.Join(os.Chmod(l.dir, 0o755), os.Link(l.payload, filepath.Join(l.dir, "root", payloadName)))
}

// holdManager keeps an embedded manager with a run of its own: strace would follow one
// that a launch starts to its end.
func (l *lab) holdManager() (release func(), err error) {
	cmd := exec.CommandContext(l.ctx, l.slimrun, "-q", "--", "cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	fmt.Fprintln(in, "up")
	if _, err := fmt.Fscanln(out, new(string)); err != nil {
		return nil, errors.Join(errors.New("no run without a fault"), cmd.Wait())
	}
	return func() {
		in.Close()
		_ = cmd.Wait()
	}, nil
}

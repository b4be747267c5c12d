package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"
)

// boot starts the supervisor and waits for its answer. The boot lock goes with
// it: it is held until the boot is done, also where this launcher dies. The
// capabilities are a thread's, and the supervisor's are those of the one that
// starts it: in all that comes of it they are gone from the beginning.
func (r registry) boot(ctx context.Context, lock *os.File) error {
	if _, err := FindSystemd(r.systemd); err != nil {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := dropInheritable(); err != nil {
		return err
	}
	answers, process, err := r.start(supervisorStage, &syscall.SysProcAttr{Setsid: true}, nil, lock)
	if err != nil {
		return err
	}
	defer answers.Close()
	defer process.Release() // it outlives this run; whoever is PID 1 reaps it
	// Who waits for the boot names it in an error; in a full /run it has no name.
	lock.Truncate(0)
	lock.WriteAt(fmt.Appendf(nil, "process %d", process.Pid), 0)
	return waitAnswer(ctx, answers, supervisorStage)
}

// start runs a stage, with an answer pipe as its descriptor 3 and the extra
// files after it. Its output goes to output, or to /dev/null.
func (r registry) start(
	stage string, attr *syscall.SysProcAttr, output *os.File, extra ...*os.File,
) (*os.File, *os.Process, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	defer null.Close()
	if output == nil {
		output = null
	}
	answers, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer w.Close()
	process, err := os.StartProcess("/proc/self/exe", r.args(stage), &os.ProcAttr{
		Dir:   "/",
		Env:   []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
		Files: append([]*os.File{null, output, output, w}, extra...),
		Sys:   attr,
	})
	if err != nil {
		answers.Close()
		return nil, nil, fmt.Errorf("starting %s: %w", stage, err)
	}
	return answers, process, nil
}

// waitAnswer reads a stage's answer. Errors: what the stage says, its death
// without a word, the deadline.
func waitAnswer(ctx context.Context, answers *os.File, stage string) error {
	stop := context.AfterFunc(ctx, func() { answers.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	var a answer
	err := json.NewDecoder(answers).Decode(&a)
	switch {
	case err == nil:
		return a.err()
	case ctx.Err() != nil:
		return fmt.Errorf("%s is not ready yet: %w", stage, ctx.Err())
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%s died without a word", stage)
	}
	return fmt.Errorf("reading the answer of %s: %w", stage, err)
}

package detach

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/record"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
)

// Waiting is the slimrun that waits for a detached run, and tells the one that was
// typed how its launch went.
type Waiting struct {
	console.Console
	caller  *os.File // nil once it knows
	words   *words
	told    atomic.Bool
	name    string // the run's unit
	args    []string
	record  *record.Record
	started time.Time

	launch, placed chan struct{} // closed when it may launch, when it may let go,
	alone          chan struct{} // and when the caller has ended
}

// words go to whoever typed the line, and from the payload's start on to the log,
// which is this process's stderr.
type words struct{ to atomic.Pointer[os.File] }

func (w *words) Write(text []byte) (int, error) { return w.to.Load().Write(text) }

// Resume is the waiting slimrun, and its command line, if this process is one.
func Resume(args []string, out console.Console) (w *Waiting, line []string, ok bool) {
	if len(args) < 3 || args[0] != waitingName {
		return nil, nil, false
	}
	fd, err := strconv.Atoi(args[1])
	if err != nil || fd < 3 {
		return nil, nil, false
	}
	unix.CloseOnExec(fd)
	os.WriteFile("/proc/self/comm", []byte(waitingName), 0) // or it would show as "exe"
	w = &Waiting{
		Console: out, caller: os.NewFile(uintptr(fd), "slimrun"), words: &words{},
		name: args[2], args: args[3:], started: time.Now(),
		launch: make(chan struct{}), placed: make(chan struct{}), alone: make(chan struct{}),
	}
	w.words.to.Store(os.Stderr)
	w.Err = w.words
	go w.hearCaller()
	return w, w.args, true
}

// hearCaller hears the first slimrun, and its end.
func (w *Waiting) hearCaller() {
	defer close(w.alone)
	var word [1]byte
	for {
		if n, err := w.caller.Read(word[:]); n == 0 || err != nil {
			break
		}
		switch word[0] {
		case mayLaunch:
			close(w.launch)
		case mayGo:
			close(w.placed)
		}
	}
}

// errAlone is why a launch ends whose first slimrun has ended.
var errAlone = errors.New("the slimrun that was typed has ended before the command was started")

// Run keeps the record of a run, which run launches and sees to its end. It is the
// exit status.
func (w *Waiting) Run(
	asked spec.Spec, run func(spec.Spec) verdict.Verdict, conclude func(verdict.Verdict) int,
) int {
	asked.Name = w.name
	err := w.keep(asked)
	if err == nil {
		err = await(context.Background(), w.launch, w.alone)
	}
	if err != nil {
		return w.failed(verdict.Refused(asked.Argv, err), conclude)
	}
	v := run(asked)
	if !w.told.Load() {
		return w.failed(v, conclude)
	}
	v.LogErr = w.record.Full()
	status := conclude(v)
	w.end(asked, v)
	return status
}

// failed ends a launch. Of one whose first slimrun has ended there is nobody to be told.
func (w *Waiting) failed(v verdict.Verdict, conclude func(verdict.Verdict) int) int {
	if w.record != nil {
		w.record.Drop()
	}
	if errors.Is(v.Err, errAlone) {
		return v.Status
	}
	return w.Fail(conclude(v))
}

// MayGo waits until this process is in its own scope. With whoever typed the line the
// launch ends, as by Ctrl-C in the foreground.
func (w *Waiting) MayGo(ctx context.Context) error { return await(ctx, w.placed, w.alone) }

// await waits for a word of the first slimrun, which counts while that is there.
func await(ctx context.Context, word, alone <-chan struct{}) error {
	select {
	case <-word:
	case <-alone:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-alone:
		return errAlone
	default:
		return nil
	}
}

// keep makes the record, to whose log goes from now on what this process and its payload
// write.
func (w *Waiting) keep(asked spec.Spec) error {
	home, err := record.OpenHome(true)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(asked.Name, ".scope")
	dir, _ := os.Getwd()
	w.record, err = record.Create(home, name, record.Started{
		Name: name, Manager: string(asked.Kind), Time: w.started, Stdin: asked.Stdin, Remove: asked.Remove,
		Line: append([]string{"slimrun"}, w.args...), Variables: grammar.VariablesIn(os.Environ()), Directory: dir,
	})
	if err != nil {
		return err
	}
	fd, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return fmt.Errorf("keeping the caller's stderr: %w", err)
	}
	w.words.to.Store(os.NewFile(uintptr(fd), "stderr"))
	return w.record.TakeOutput()
}

// Started tells the caller: the payload has been executed. From now on the log is what
// there is to speak to.
func (w *Waiting) Started() {
	if err := w.record.Begin(); err != nil {
		w.Warn(err)
	}
	before := w.words.to.Swap(os.Stderr)
	w.told.Store(true)
	json.NewEncoder(w.caller).Encode(answer{Name: w.record.Name}) // it may be gone by now
	w.caller.Close()
	before.Close()
}

// Fail tells the caller the status of a launch that failed, which it is. Before it ends
// systemd may be moving this process, which must be there until that is over.
func (w *Waiting) Fail(status int) int {
	w.told.Store(true)
	json.NewEncoder(w.caller).Encode(answer{Status: status}) // where it is gone nobody needs to know
	ctx, cancel := context.WithTimeout(context.Background(), placeWithin)
	defer cancel()
	await(ctx, w.placed, w.alone)
	return status
}

// end keeps the report, or nothing at all.
func (w *Waiting) end(asked spec.Spec, v verdict.Verdict) {
	report, err := verdict.Remembered(v).Line()
	if err == nil {
		err = w.record.End(report)
	}
	if err == nil && asked.Remove {
		err = w.record.Remove()
	}
	if err != nil {
		w.Warn(err)
	}
}

package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/launcher/signals"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/terminal"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
)

const (
	// answerWithin bounds every wait for a manager that may be stopped.
	answerWithin = 5 * time.Second
	// turnWithin bounds the wait for a turn: a thousand runs that start at once
	// take 10 to 20 s.
	turnWithin = 2 * time.Minute
	// jobWithin bounds the launch from then on: a loaded machine may be slow.
	jobWithin = 30 * time.Second
	// attachWithin is how long a run that is to end waits for systemd, which
	// may be attaching its process.
	attachWithin = time.Second
)

// Narrator is told what happens, for people; console implements it.
type Narrator interface {
	Launched(scope, cgroup string, pid int)
	Warn(err error)
	NotProven(err error)
	MayGo(ctx context.Context) error // all is proven: the last word before the go
	Started()                        // the payload has been executed
	Retry(v verdict.Verdict, had, next uint64)
	NoRetry(v verdict.Verdict, had uint64, err error)
	Pressure(v verdict.Verdict, asked spec.Pressure, err error)
}

// run is one run on its way.
type run struct {
	spec     spec.Spec
	tell     Narrator
	manager  *unit.Manager
	held     *nsinit.Held
	pid      int // the held child's, here
	caller   *unit.Caller
	again    bool // it is another attempt, whose caller is the first one's
	cgroup   cgroup.Cgroup
	watch    *cgroup.Watch // of its memory events; nil before the proof
	sampler  *sample.Sampler
	pressure pressure
	slices   []unit.Slice // to be made with the scope
	signals  *signals.Listener
	fate     fate // what came first: the go, or a signal that ends the launch
	terminal terminal.Terminal
	pty      *terminal.PTY // --private-tty
	trace    *Trace
	verdict  verdict.Verdict
	stop     stopping
	begun    string    // a scope that was asked for in vain
	entered  time.Time // when systemd was asked for the scope: its clock starts later
	started  bool      // the payload has been executed
	resumed  time.Time // when slimrun was last continued after a stop
}

func newVerdict(asked spec.Spec) verdict.Verdict {
	return verdict.Verdict{
		Command: asked.Argv, Manager: asked.Kind, Started: time.Now(),
		Filtered: asked.Guard.Filter != nil, Summary: asked.Summary,
	}
}

// once runs the spec to its end. Whatever happens is in the verdict. Of an earlier
// attempt the caller is known, who bounds this one as well.
func once(asked spec.Spec, tell Narrator, known *unit.Caller) (verdict.Verdict, *unit.Caller) {
	r := &run{
		spec:    asked,
		tell:    tell,
		caller:  known,
		again:   known != nil,
		stop:    newStopping(),
		verdict: newVerdict(asked),
	}
	var err error
	if r.trace, err = newTrace(os.Getenv("SLIMRUN_TRACE")); err != nil {
		tell.Warn(err)
	}
	r.verdict.Fail(limited(r.run()))
	r.verdict.Wall = time.Since(r.verdict.Started)
	if err := r.trace.write(); err != nil {
		tell.Warn(err)
	}
	return r.verdict, r.caller
}

// run takes over signals and terminal, and launches. Errors: why there was no run.
func (r *run) run() error {
	// What the caller left open is nobody's business but the payload's, and
	// that only where it was asked for.
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("closing inherited file descriptors: %w", err)
	}
	ctx, err := r.listen(context.Background())
	if err != nil {
		return err
	}
	defer r.signals.Close()
	if r.under(r.floor()) {
		return r.memoryTooSmall()
	}
	r.terminal = terminal.Open()
	defer r.terminal.Restore()
	if r.spec.PrivateTTY {
		if r.pty, err = terminal.OpenPTY(r.terminal); err != nil {
			return err
		}
	}
	err = r.launch(ctx)
	if cause := (verdict.Interrupted{}); errors.As(context.Cause(ctx), &cause) {
		return cause
	}
	return err
}

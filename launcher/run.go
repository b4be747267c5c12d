package launcher

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
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
	// stopWithin is the grace between SIGTERM and SIGKILL when a scope is
	// stopped (systemd's own default is 90 s, for services).
	stopWithin = 10 * time.Second
)

// Narrator is told what happens, for people; console implements it.
type Narrator interface {
	Launched(scope, cgroup string, pid int)
	Warn(err error)
}

// run is one run on its way.
type run struct {
	spec     Spec
	tell     Narrator
	manager  *unit.Manager
	held     *nsinit.Held
	pid      int // the held child's, here
	cgroup   unit.Cgroup
	watch    *unit.Watch // of its memory events; nil before the proof
	signals  signals
	caught   <-chan struct{} // closed when all signals are
	terminal terminal
	pty      *pty // --private-tty
	trace    *Trace
	verdict  Verdict
	dialled  chan error
	stop     stopping
	resumed  time.Time // when slimrun was last continued after a stop
}

// Run runs the spec to its end. Whatever happens is in the verdict.
func Run(spec Spec, tell Narrator) Verdict {
	r := &run{spec: spec, tell: tell, trace: spec.Trace, stop: newStopping(), dialled: make(chan error, 1)}
	r.verdict = Verdict{Command: spec.Argv, Manager: spec.Kind, Started: time.Now(), Summary: spec.Summary}
	r.verdict.fail(r.run())
	r.verdict.Wall = time.Since(r.verdict.Started)
	if err := r.trace.write(); err != nil {
		tell.Warn(err)
	}
	return r.verdict
}

func (r *run) run() error {
	if err := refuseSetuid(); err != nil {
		return err
	}
	// What the caller left open is nobody's business but the payload's, and
	// that only where it was asked for.
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("closing inherited file descriptors: %w", err)
	}
	r.confineToCaller()
	ctx, signals, caught, launched, err := catchSignals(context.Background())
	if err != nil {
		return err
	}
	r.signals, r.caught = signals, caught
	r.terminal = openTerminal()
	defer r.terminal.restore()
	if r.spec.PrivateTTY {
		if r.pty, err = openPTY(r.terminal); err != nil {
			return err
		}
	}
	err = r.launch(ctx, launched)
	if cause := (interrupted{}); errors.As(context.Cause(ctx), &cause) {
		return cause
	}
	return err
}

// confineToCaller: a run inside a run gets no more than that has.
func (r *run) confineToCaller() {
	limits, tightened := unit.Confine(r.spec.Limits)
	r.spec.Limits = limits
	for _, limit := range tightened {
		r.tell.Warn(fmt.Errorf("--%s is %s here: slimrun runs inside a scope with that limit", limit.Flag, limit.Text))
	}
}

func refuseSetuid() error {
	if os.Getuid() != os.Geteuid() || os.Getgid() != os.Getegid() {
		return errors.New("slimrun must not be installed setuid or setgid: it does as its caller may, no more")
	}
	return nil
}

// launch is the order of docs/design.md: held child and dial at once, scope,
// proof, go.
func (r *run) launch(ctx context.Context, launched func()) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	defer r.manager.Close()
	r.trace.mark("manager found")
	ctx, cancel := context.WithTimeout(ctx, jobWithin)
	defer cancel()
	if r.manager.Inside() == "" {
		go r.dial(ctx, nil)
	}
	if err := r.hold(); err != nil {
		return err
	}
	r.trace.mark("child cloned")
	if err := r.confine(ctx); err != nil {
		return r.abort(err)
	}
	defer r.watch.Stop()
	launched()
	return r.attend()
}

// open finds the manager, and waits for a turn at it.
func (r *run) open(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, turnWithin)
	defer cancel()
	r.manager, err = unit.Open(ctx, r.spec.Kind)
	return err
}

// dial connects to the manager, over the stream where the child made one.
func (r *run) dial(ctx context.Context, stream net.Conn) {
	r.dialled <- r.manager.Dial(ctx, stream)
}

// hold clones the child into its namespaces, where it waits.
func (r *run) hold() error {
	parent, err := r.manager.PIDNamespace()
	if err != nil {
		return err
	}
	defer parent.Close() // nil is fine
	gate, err := r.manager.Gate()
	if err != nil {
		return err
	}
	defer gate.Close()
	r.held, err = nsinit.Hold(nsinit.Clone{
		Flags: r.spec.cloneFlags(), PIDParent: parent, Cgroup: gate, Connect: r.manager.Inside(), Greeting: unit.Greeting(), Proc: r.manager.Proc(),
	}, r.config())
	return explainBirth(err)
}

// abort ends a launch that failed: the child first, then what it held.
func (r *run) abort(err error) error {
	r.held.Kill()
	<-r.held.Done
	return r.tooSmall(err)
}

// explainBirth names what hinders the held child: a step that was known to fail
// beforehand, or what forbids the namespaces.
func explainBirth(err error) error {
	if failure := (*nsinit.Failure)(nil); errors.As(err, &failure) {
		return explainFailure(failure)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.ENOSPC):
		if os.Geteuid() != 0 {
			return userNamespaceProblem(err)
		}
	case errors.Is(err, syscall.EAGAIN):
		return &Problem{err, "raise `ulimit -u`, or end some of your processes"}
	}
	return err
}

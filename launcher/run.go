package launcher

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
)

const (
	// answerWithin bounds every wait for a manager that may be stopped.
	answerWithin = 5 * time.Second
	// jobWithin bounds the whole launch: a loaded machine may be slow.
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
	signals  signals
	caught   <-chan struct{} // closed when all signals are
	terminal terminal
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
	early := make(chan os.Signal, 1)
	r.signals, r.caught = catchSignals(early)
	r.terminal = openTerminal()
	defer r.terminal.restore()
	ctx, cancel := context.WithTimeout(context.Background(), jobWithin)
	defer cancel()
	ctx, release := endedBySignal(ctx, early)
	defer release()
	err := r.launch(ctx, release)
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
	var err error
	if r.manager, err = unit.Open(ctx, r.spec.Kind); err != nil {
		return err
	}
	defer r.manager.Close()
	r.trace.mark("manager found")
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
	launched()
	return r.attend()
}

// dial connects to the manager, over the stream where the child made one.
func (r *run) dial(ctx context.Context, stream net.Conn) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
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
		Flags: r.spec.Share.cloneFlags(r.spec.NoInit) | r.spec.Unshare.cloneFlags(), UserNS: r.spec.userNamespace(),
		PIDParent: parent, Cgroup: gate, PassFDs: r.spec.PassFDs, Connect: r.manager.Inside(),
	})
	if err != nil {
		return explainClone(err)
	}
	return nil
}

// confine has systemd put the held child into its scope and proves it there.
func (r *run) confine(ctx context.Context) error {
	if err := r.ready(ctx); err != nil {
		return err
	}
	if err := r.limitSlice(ctx); err != nil {
		return err
	}
	if err := r.spec.mapIDs(r.pid); err != nil {
		return err
	}
	asked, settled := patient(ctx)
	defer settled()
	if err := r.startScope(asked); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("starting %s: %w", r.verdict.Unit, context.Cause(ctx))
	}
	r.trace.mark("scope started: JobRemoved")
	if err := r.prove(ctx); err != nil {
		r.manager.StopScope(ctx, r.verdict.Unit)
		return err
	}
	r.trace.mark("limits proven")
	<-r.caught
	r.trace.mark("signals caught")
	// A waiting run holds no connection: a bus has few to give.
	r.manager.Hangup()
	r.tell.Launched(r.verdict.Unit, r.cgroup.Path, r.pid)
	return r.held.Go(r.config())
}

// ready waits until the manager is dialled and the child's runtime is up:
// what the child touches from then on is charged to the scope, what came
// before is not.
func (r *run) ready(ctx context.Context) error {
	for dialled := false; !dialled || r.pid == 0; {
		select {
		case err := <-r.dialled:
			if err != nil {
				return err
			}
			dialled = true
			r.trace.mark("manager dialled")
		case event, ok := <-r.held.Events:
			if !ok {
				return errors.New("the held child ended before it was ready")
			}
			if err := r.prepared(ctx, event); err != nil {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("getting ready: %w", context.Cause(ctx))
		}
	}
	return nil
}

func (r *run) prepared(ctx context.Context, event nsinit.Event) error {
	switch event.Kind {
	case nsinit.Connected:
		defer event.File.Close()
		stream, err := net.FileConn(event.File)
		if err != nil {
			return fmt.Errorf("taking the manager's socket: %w", err)
		}
		go r.dial(ctx, stream)
		return nil
	case nsinit.Ready:
		r.pid = event.Number
		r.trace.mark("heard that the child is ready")
		return r.held.Watch(r.pid)
	case nsinit.Failed:
		return explainFailure(event.Failure)
	}
	return fmt.Errorf("getting ready: unexpected event %d (%v)", event.Kind, event.Err)
}

// patient outlasts a context by a moment: a process that dies while systemd
// attaches it leaves a scope that was never populated, and stays for good.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(attachWithin, func() { cancel(context.Cause(ctx)) })
	})
	return longer, func() { stop(); cancel(nil) }
}

// startScope takes another generated name when one is taken.
func (r *run) startScope(ctx context.Context) error {
	for try := 1; ; try++ {
		r.verdict.Unit = r.spec.Name
		if r.spec.Name == "" {
			r.verdict.Unit = generateName(r.spec.Argv[0])
		}
		err := r.manager.StartScope(ctx, r.scope())
		if !errors.Is(err, unit.ErrTaken) || r.spec.Name != "" || try == 5 {
			return err
		}
	}
}

func (r *run) scope() unit.Scope {
	required, optional := r.spec.properties()
	return unit.Scope{Name: r.verdict.Unit, PID: r.pid, Properties: required, Optional: optional}
}

// generateName makes "slimrun-stress-0123456789abcdef.scope".
func generateName(command string) string {
	var random [8]byte
	rand.Read(random[:])
	base := strings.Map(func(c rune) rune {
		if strings.ContainsRune(unitChars, c) {
			return c
		}
		return '_'
	}, filepath.Base(command))
	return "slimrun-" + base[:min(len(base), 64)] + "-" + hex.EncodeToString(random[:]) + ".scope"
}

// prove holds every limit against the kernel. Without --best-effort one that
// is missing ends the run here.
func (r *run) prove(ctx context.Context) error {
	cgroup, proofs, err := r.manager.Prove(ctx, r.verdict.Unit, r.pid, r.spec.Limits)
	r.cgroup, r.verdict.Cgroup, r.verdict.Proofs = cgroup, cgroup.Path, proofs
	if err != nil {
		return err
	}
	var missing []error
	for _, proof := range append(proofs, r.proveSlice(ctx)...) {
		switch {
		case proof.Err == nil:
		case r.spec.BestEffort:
			r.tell.Warn(proof.Err)
		default:
			missing = append(missing, proof.Err)
		}
	}
	if err := errors.Join(missing...); err != nil {
		return err
	}
	return r.roomForTasks()
}

// roomForTasks: the init's threads count against --pids, and a payload that
// cannot be forked is no payload.
func (r *run) roomForTasks() error {
	for _, limit := range r.spec.Limits {
		if limit.Limit.Flag != "pids" {
			continue
		}
		threads, err := taskCount(r.pid)
		need := threads + 1
		if r.config().LastStage() {
			need += stageTasks
		}
		if err == nil && limit.Number() < need {
			return fmt.Errorf("--pids %s is too small: slimrun's init has %d tasks and the payload needs %d to start; the least is %d", limit.Text, threads, need-threads, need)
		}
	}
	return nil
}

// stageTasks are those of the payload's own stage, before it is the payload.
const stageTasks = 5

// taskCount counts a process's threads: the entries of its task directory.
func taskCount(pid int) (uint64, error) {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	return uint64(len(entries)), err
}

func (r *run) config() *nsinit.Config {
	return &nsinit.Config{
		Hostname: r.spec.Hostname, Private: !r.spec.Share.Mount, Proc: !r.spec.Share.Mount && !r.spec.Share.PID,
		NoInit: r.spec.NoInit && !r.spec.Share.PID, Dir: r.spec.insideDir(),
		Argv: r.spec.Argv, Env: r.spec.payloadEnv(), PassFDs: r.spec.PassFDs,
		SigMask: r.held.SigMask, Trace: r.trace != nil, Restore: r.terminal.foreground,
		Identity: r.spec.insideIdentity(), Unshare: r.spec.Unshare.inside(), Files: r.spec.Files,
		Attributes: r.spec.Attributes, Guard: r.spec.Guard,
	}
}

// abort ends a launch that failed: the child first, then what it held.
func (r *run) abort(err error) error {
	r.held.Kill()
	<-r.held.Done
	return r.tooSmall(err)
}

// explainClone names what forbids the namespaces.
func explainClone(err error) error {
	switch {
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.ENOSPC):
		if os.Geteuid() != 0 {
			return userNamespaceProblem(err)
		}
	case errors.Is(err, syscall.EAGAIN):
		return &Problem{err, "raise `ulimit -u`, or end some of your processes"}
	}
	return err
}

package launcher

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
)

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
	r.watch = r.cgroup.WatchOOM()
	r.tell.Launched(r.verdict.Unit, r.cgroup.Path, r.pid)
	return r.held.Go()
}

// ready waits until the manager is dialled and the child is there.
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
		r.pty.born()
		r.trace.mark("heard that the child is ready")
		return r.held.Watch(r.pid)
	case nsinit.Marked:
		r.trace.add(event.Mark.At, "init", event.Mark.Step)
		return nil
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
		if err == nil {
			return nil
		}
		r.verdict.Unit = "" // there is none
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
	base := strings.Map(func(c rune) rune {
		if strings.ContainsRune(unitChars, c) {
			return c
		}
		return '_'
	}, filepath.Base(command))
	return fmt.Sprintf("slimrun-%s-%016x.scope", base[:min(len(base), 64)], rand.Uint64())
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

// roomForTasks: the init counts against --pids, and a payload that cannot be
// forked is no payload.
func (r *run) roomForTasks() error {
	for _, limit := range r.spec.Limits {
		if need := r.tasks(); limit.Limit.Flag == "pids" && limit.Number() < need {
			return fmt.Errorf("--pids %s is too small: slimrun's init and the payload take at least %d tasks to start", limit.Text, need)
		}
	}
	return nil
}

// tasks are what a run starts with: the init and the payload, or, for a moment,
// the Go program that makes its files.
func (r *run) tasks() uint64 {
	if r.spec.Files.Given() {
		return 8
	}
	return 2
}

// config is all that the init is to do.
func (r *run) config() *nsinit.Config {
	return &nsinit.Config{
		Hostname: r.spec.Hostname, Private: !r.spec.Share.Mount, Proc: !r.spec.Share.Mount && !r.spec.Share.PID,
		NoInit: r.spec.NoInit && !r.spec.Share.PID, Dir: r.spec.insideDir(),
		Argv: r.spec.Argv, Env: r.spec.payloadEnv(), PassFDs: r.spec.PassFDs,
		Trace: r.trace != nil, Restore: r.terminal.foreground,
		Terminal: r.pty.inside(),
		OwnUser:  r.spec.ownUserNamespace(), UID: r.spec.insideUID(),
		Identity: r.spec.insideIdentity(), Unshare: r.spec.Unshare.inside(), Files: r.spec.Files,
		Attributes: r.spec.Attributes, Guard: r.spec.Guard,
	}
}

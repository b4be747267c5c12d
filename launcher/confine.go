package launcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/slimrun/slimrun/launcher/idmap"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
)

// confine has systemd put the held child into its scope and proves it there.
func (r *run) confine(ctx context.Context) error {
	if r.manager.OutOfSight() {
		if err := r.hear(ctx, nsinit.Connected); err != nil {
			return err
		}
	}
	if err := r.place(ctx); err != nil {
		return err
	}
	if err := r.prove(ctx); err != nil {
		r.manager.StopScope(ctx, r.verdict.Unit)
		return err
	}
	r.trace.mark("limits proven")
	if err := r.armPressure(); err != nil {
		r.manager.StopScope(ctx, r.verdict.Unit)
		return err
	}
	if err := r.tell.MayGo(ctx); err != nil {
		r.manager.StopScope(ctx, r.verdict.Unit)
		return err
	}
	r.watch = r.cgroup.WatchOOM()
	if !r.fate.decide(letGo) {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	err := explainClone(r.held.Go())
	// A waiting run holds no connection: a bus has few to give.
	r.manager.Hangup()
	// Nor does it keep others from their turn while nobody reads its words.
	r.tell.Launched(r.verdict.Unit, r.cgroup.Path, r.pid)
	return err
}

// place has the child where its limits are: in a scope, or, in a step of Slurm's, where it
// was born.
func (r *run) place(ctx context.Context) error {
	if step := r.manager.Step(); step != nil {
		r.verdict.Step, r.verdict.Unit = step, cmp.Or(strings.TrimSuffix(r.spec.Name, ".scope"), step.String())
		r.entered = time.Now()
		return r.meet(ctx)
	}
	if err := r.makeSlices(ctx); err != nil {
		return err
	}
	if err := r.enterScope(ctx); err != nil {
		return err
	}
	r.trace.mark("scope started: JobRemoved")
	return nil
}

// enterScope starts the scope around the child, and meets the child meanwhile.
func (r *run) enterScope(ctx context.Context) error {
	asked, settled := patient(ctx)
	defer settled()
	var met error
	meet := sync.OnceFunc(func() { met = r.meet(ctx) })
	r.entered = time.Now()
	err := r.startScope(asked, meet)
	switch {
	case met != nil && err == nil:
		r.manager.StopScope(ctx, r.verdict.Unit)
		return met
	case met != nil:
		return met
	case err == nil && ctx.Err() != nil:
		return fmt.Errorf("starting %s: %w", r.verdict.Unit, context.Cause(ctx))
	}
	return err
}

// meet waits until the child is at its gate, and maps its ids.
func (r *run) meet(ctx context.Context) error {
	r.manager.PrepareProof()
	r.caller.Look()
	if err := r.hear(ctx, nsinit.Ready); err != nil {
		return err
	}
	if err := idmap.Write(r.spec, r.pid); err != nil {
		return err
	}
	if r.spec.WantsReport() {
		verdict.Prepare() // systemd is at work on the scope
	}
	return nil
}

var errEnded = errors.New("the held child ended before it was ready")

// hear takes the child's words up to an event.
func (r *run) hear(ctx context.Context, last nsinit.EventKind) error {
	for {
		select {
		case event, ok := <-r.held.Events:
			if !ok {
				return errEnded
			}
			if err := r.prepared(ctx, event); err != nil || event.Kind == last {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("getting ready: %w", context.Cause(ctx))
		}
	}
}

func (r *run) prepared(ctx context.Context, event nsinit.Event) error {
	switch event.Kind {
	case nsinit.Connected:
		return r.manager.Dial(ctx, event.File)
	case nsinit.Ready:
		r.pid = event.Number
		r.pty.HandOver()
		r.trace.mark("heard that the child is ready")
		return r.held.Watch(r.pid)
	case nsinit.Marked:
		r.trace.add(event.Mark.At, "init", event.Mark.Step)
		return nil
	case nsinit.Failed:
		return r.explainStep(event.Failure)
	}
	return fmt.Errorf("getting ready: unexpected event %d (%v)", event.Kind, event.Err)
}

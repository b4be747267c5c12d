package enter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/launcher/signals"
	"github.com/slimrun/slimrun/launcher/terminal"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/nsinit/target"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// startWithin bounds the way to the command's exec: a run that is paused meanwhile, or
// a file system that hangs, would have no end.
const startWithin = 30 * time.Second

// Request is what is to be executed.
type Request struct {
	Argv []string
	Env  []string // assignments, over the payload's; a name alone is the caller's
	Dir  string   // "" for the payload's
	User string   // "" for the payload's
}

// entry is one on its way.
type entry struct {
	run      runs.Run
	asked    Request
	payload  *target.Target
	door     *cgroup.Door
	held     *nsinit.Held
	signals  *signals.Listener
	terminal terminal.Terminal
	pty      *terminal.PTY
	started  bool      // the command has been executed
	resumed  time.Time // when slimrun was last continued after a stop
	hangup   func()
}

// Exec executes a command in a run, waits for its end, and tells what came of it; its
// Unit is the run's where that has ended with it. It hangs up before the command runs.
func Exec(ctx context.Context, run runs.Run, asked Request, hangup func()) verdict.Verdict {
	v := verdict.Verdict{Command: asked.Argv}
	before := run.Look()
	e := &entry{run: run, asked: asked, hangup: hangup}
	defer e.close()
	status, err := e.execute(ctx)
	for tries := 1; tries < joins && moved(err); tries++ {
		e.close()
		status, err = e.execute(ctx)
	}
	if err != nil && e.runEnds(dying) {
		err = fmt.Errorf("%s: %w", run.Name, runs.ErrEnded)
	}
	v.OOM.Kills = killedSince(before, run.Look())
	if e.runEnds(0) {
		v.Unit = run.Unit()
	}
	v.Judge(status, verdict.Ending{})
	v.Fail(err)
	return v
}

// joins bound how often it is tried to come to where the payload is: on cgroup v1
// systemd may be moving it, and so it does whenever a run beside it is started.
const joins = 10

// moved says whether the payload was in another cgroup by the time of the joining: then it is tried
// again.
func moved(err error) bool {
	failure := (*nsinit.Failure)(nil)
	if errors.As(err, &failure) {
		return failure.Step == nsinit.StepJoin && (failure.Errno == syscall.EXDEV || failure.Errno == syscall.ENODEV)
	}
	return errors.Is(err, cgroup.ErrGone)
}

// execute looks, holds a child, and attends to it, once.
func (e *entry) execute(ctx context.Context) (status syscall.WaitStatus, err error) {
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return 0, fmt.Errorf("closing inherited file descriptors: %w", err)
	}
	if err := e.look(ctx); err != nil {
		return 0, fmt.Errorf("%s: %w", e.run.Name, err)
	}
	if e.signals, err = signals.Listen(func(*signals.Listener) {}); err != nil {
		return 0, err
	}
	e.terminal = terminal.Open()
	defer e.terminal.Restore()
	if e.pty, err = terminal.OpenPTY(e.terminal); err != nil {
		return 0, err
	}
	if err := e.hold(); err != nil {
		return 0, fmt.Errorf("%s: %w", e.run.Name, err)
	}
	return e.attend(ctx)
}

// dying is how long a process may take to be seen to have ended, whose namespaces are
// gone already.
const dying = 100 * time.Millisecond

// runEnds says whether the payload has ended, and so all the run with it.
func (e *entry) runEnds(patience time.Duration) bool {
	if e.payload == nil {
		return false
	}
	ended, err := linux.EndsWithin(int(e.payload.Pidfd.Fd()), patience)
	return ended && err == nil
}

// killedSince counts the processes of the run that the kernel has killed for memory
// meanwhile; nil where it does not say.
func killedSince(before, now runs.Sight) *uint64 {
	if before.Kills == nil || now.Kills == nil {
		return nil
	}
	killed := *now.Kills - min(*before.Kills, *now.Kills)
	return &killed
}

// look finds the payload, and looks into it.
func (e *entry) look(ctx context.Context) error {
	there, err := e.run.Inhabited(ctx)
	if err != nil {
		return err
	}
	if e.run.Look().State == runs.Paused {
		return problem.Of(errors.New("it is paused"), "slimrun resume "+e.run.Name)
	}
	payload, init := there.Payload[0], there.Init
	if init == 0 { // what was adopted has none
		init = payload
	}
	if e.payload, err = target.Open(payload); err != nil {
		return explainLook(err)
	}
	if e.door, err = e.run.Manager.Door(payload, init); err != nil {
		return err
	}
	// After all that: it is the same payload still, in the same run.
	again, err := e.run.Inhabited(ctx)
	if err == nil && (again.Init != there.Init || again.Payload[0] != payload) {
		err = runs.ErrEnded
	}
	return err
}

// explainLook says what forbids to look into the payload.
func explainLook(err error) error {
	switch {
	case errors.Is(err, os.ErrProcessDone):
		return runs.ErrEnded
	case errors.Is(err, target.ErrFilter):
		return problem.Of(err, "root can read one, unless a filter or a tracer is in the way "+
			"(kernel with CONFIG_CHECKPOINT_RESTORE)")
	case errors.Is(err, os.ErrPermission):
		return problem.Of(err, "its payload has become somebody into whom you may not look")
	}
	return err
}

// config is what the child is to do.
func (e *entry) config() (*nsinit.Config, error) {
	as, err := e.user()
	if err != nil {
		return nil, err
	}
	return &nsinit.Config{
		Argv: e.asked.Argv, Env: e.environment(), Dir: e.asked.Dir,
		Terminal: e.pty.Inside(), Restore: e.terminal.Interactive,
		Join: &nsinit.Join{
			Target: e.payload, As: as,
			Cgroup: e.door.Unified, Enter: e.door.Procs,
		},
	}, nil
}

// hold clones the child, which waits at its gate.
func (e *entry) hold() error {
	config, err := e.config()
	if err != nil {
		return err
	}
	e.held, err = nsinit.Hold(nsinit.Clone{}, config)
	return err
}

func (e *entry) close() {
	if e.payload != nil {
		e.payload.Close()
	}
	if e.door != nil {
		e.door.Close()
	}
	if e.signals != nil {
		e.signals.Close()
	}
}

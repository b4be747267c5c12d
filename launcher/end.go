package launcher

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/signals"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/limit"
)

// ended: the payload is gone and so are all it left; the init holds the
// cgroup until the figures are read.
func (r *run) ended(status syscall.WaitStatus) error {
	signals.Over()
	r.trace.mark("heard of the end")
	r.figures()
	if status.Signaled() && r.verdict.KilledForMemory() == 0 {
		r.stop.ask(r)
	}
	r.verdict.Judge(status, r.reason(status))
	// systemd, stopping a scope by its OOMPolicy, may kill the init meanwhile.
	r.verdict.Uncounted = r.verdict.Outcome == verdict.Signaled && status.Signal() == syscall.SIGKILL &&
		r.verdict.OOM.Kills == nil && r.memoryLimit().Row != nil
	signals.DefaultStops()
	if err := r.held.Release(); err != nil {
		r.held.Kill()
	}
	<-r.held.Done
	r.trace.mark("init gone")
	r.killRest()
	r.pty.End()
	return nil
}

// lost: the stream ended without a word. The cgroup still stands for a
// moment: the init closes its files before it leaves it.
func (r *run) lost() error {
	signals.Over()
	r.figures()
	r.held.Kill() // one that has only hung up ends, too
	end := <-r.held.Done
	r.killRest()
	if r.started {
		r.verdict.InitKilled = true
		r.verdict.Judge(end.Status, r.reason(end.Status))
		return nil
	}
	if r.verdict.KilledForMemory() > 0 || r.belowFloor(end.Status) {
		return r.memoryTooSmall()
	}
	for _, heard := range r.signals.Take() {
		return verdict.Interrupted{Signal: heard.Signal}
	}
	if r.stop.reason(r).Stopping {
		return verdict.Interrupted{Signal: syscall.SIGTERM}
	}
	return errors.New("the init ended before the payload started: " + describe(end.Status))
}

// figures reads the kernel's counters while the cgroup stands: those of memory
// for the verdict, the others where somebody will see them.
func (r *run) figures() {
	seen, now := r.watch.Last() // first: it reads what is open
	r.verdict.OOM, r.verdict.Culprit = seen.OOM, seen.Culprit
	if !now {
		r.verdict.OOM = r.cgroup.OOM()
	}
	r.verdict.KilledEarly = r.watch.Knows() && !seen.Killed.IsZero() && time.Since(seen.Killed) > killedEarly
	if killed := seen.OOM.Kills != nil && *seen.OOM.Kills > 0; r.verdict.OOM.Kills == nil && killed {
		r.verdict.OOM = seen.OOM
	}
	r.verdict.Forks = r.forks()
	r.verdict.Samples = r.sampler.End()
	r.verdict.Tasks = max(r.verdict.Tasks, r.manager.Tasks(r.cgroup))
	if r.spec.WantsUsage() || r.verdict.KilledForMemory() > 0 {
		r.verdict.Usage = r.cgroup.Usage()
		r.verdict.Proofs = r.manager.Again(r.cgroup, r.verdict.Unit, r.verdict.Proofs)
	}
	if r.verdict.Usage.MemoryPeak == nil && r.verdict.KilledForMemory() > 0 {
		r.verdict.Usage = seen.Usage
	}
}

// killedEarly is how long a process that is killed for memory may take to die, and
// slimrun to hear of it.
const killedEarly = time.Second

// forks are those that a limit on tasks refused, and that limit.
func (r *run) forks() verdict.Forks {
	forks := verdict.Forks{Refused: r.cgroup.ForksRefused()}
	if forks.WereRefused() > 0 {
		most, _ := limit.Pids.Kernel(r.cgroup)
		forks.Limit, _ = strconv.ParseUint(most, 10, 64) // 0 for "max"
	}
	return forks
}

// killRest: without a PID namespace of its own nothing dies with an init that was
// killed, and a command that was executed in the run is no child of the init's. systemd
// knows who is in the scope; it is asked again while somebody forks.
func (r *run) killRest() {
	if r.config().Proc && !r.spec.NoInit || r.verdict.Unit == "" || r.manager.Step() != nil || !r.cgroup.Populated() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	manager, err := r.redial(ctx)
	if err == nil {
		defer manager.Hangup()
	}
	for err == nil && r.cgroup.Populated() {
		if err = manager.KillScope(ctx, r.verdict.Unit); err == nil {
			time.Sleep(10 * time.Millisecond)
		}
	}
	if err != nil && r.cgroup.Populated() {
		r.tell.Warn(fmt.Errorf("the init is gone, and what it leaves may still run: %w", err))
	}
}

func describe(status syscall.WaitStatus) string {
	if status.Signaled() {
		return "killed by " + status.Signal().String()
	}
	return fmt.Sprintf("exit status %d", status.ExitStatus())
}

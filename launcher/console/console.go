package console

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// Console speaks to a person.
type Console struct {
	Out, Err io.Writer
	Quiet    bool // nothing but errors,
	Missing  bool // and limits that are missing
	Verbose  bool
}

func (c Console) say(format string, args ...any) {
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\nslimrun: ")
	fmt.Fprintf(c.Err, "slimrun: %s\n", text)
}

// Error prints an error, each one of a joined error on its own line, with
// their hints.
func (c Console) Error(err error) {
	for _, one := range Flatten(err) {
		c.say("%v", one)
		c.hint(one)
	}
}

func (c Console) hint(err error) {
	if remedy := problem.Remedy(err); remedy != "" {
		c.say("hint: %s", remedy)
	}
}

// Flatten takes joined errors apart; one that wraps others with a text of its
// own stays whole.
func Flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || strings.Contains(fmt.Sprintf("%T", err), "wrapErrors") {
		return []error{err}
	}
	var all []error
	for _, part := range joined.Unwrap() {
		all = append(all, Flatten(part)...)
	}
	return all
}

// Warn prints what is wrong but does not end the run; nil is nothing.
func (c Console) Warn(err error) {
	if c.Quiet || err == nil {
		return
	}
	for _, one := range Flatten(err) {
		c.say("warning: %v", one)
		c.hint(one)
	}
}

// NotProven warns of a limit that is missing.
func (c Console) NotProven(err error) {
	c.Quiet = c.Quiet && !c.Missing
	c.Warn(err)
}

// Launched shows, when asked, what the classic demonstration shows: the
// child's PID outside, the scope and its cgroup.
func (c Console) Launched(scope, cgroup string, pid int) {
	if c.Verbose {
		c.say("child %d is held in %s", pid, scope)
		c.say("cgroup %s", cgroup)
	}
}

// MayGo says yes.
func (c Console) MayGo(context.Context) error { return nil }

// Started has nothing to say: the payload speaks for itself.
func (c Console) Started() {}

// Queued says that Slurm lets a run wait.
func (c Console) Queued(job string) {
	if !c.Quiet {
		c.say("queued by Slurm as job %s", job)
	}
}

// Proofs shows, when asked, what the kernel said of each limit.
func (c Console) Proofs(proofs []unit.Proof) {
	if !c.Verbose {
		return
	}
	for _, proof := range proofs {
		if proof.Proven && proof.Kernel != "" {
			c.say("proven: %s, the kernel says %q", proof.Asked, proof.Kernel)
		}
	}
}

// Verdict says why the run ended, where that is worth a word: slimrun's own
// failure always, memory that was short unless quiet.
func (c Console) Verdict(v verdict.Verdict) {
	if v.Err != nil {
		c.Error(v.Err)
	}
	if v.Summary {
		defer c.summary(v)
	}
	if c.Quiet {
		return
	}
	if v.KilledForMemory() > 0 && v.Err == nil {
		c.say("%s killed for memory: %s", victims(v), reason(v))
	}
	if v.Forks.WereRefused() > 0 && v.Err == nil {
		c.say("%s", refused(v))
	}
	switch {
	case v.Outcome == verdict.TimedOut && v.Step != nil && v.Own(limit.Timeout) == "none":
		c.say("%s ran out of time: that of its job", v.Command[0])
	case v.Outcome == verdict.TimedOut:
		c.say("%s ran out of time: limit %s", v.Command[0], v.Limit(limit.Timeout))
	case v.Outcome == verdict.StoppedBy:
		c.say("%s was stopped: somebody stopped %s", v.Command[0], place(v))
	case v.Filtered && v.Outcome == verdict.Signaled && v.Signal == syscall.SIGSYS:
		c.say("%s was killed by SIGSYS: it made a system call that its seccomp profile forbids", v.Command[0])
	case v.InitKilled && v.OOM.Kills == nil:
		c.say("%s ended because slimrun's init in %s was killed; the scope was gone before its counters could say why",
			v.Command[0], place(v))
	case v.Uncounted:
		c.say("%s was killed; %s was gone before its counters could say why", v.Command[0], v.Unit)
	case v.InitKilled && v.Outcome != verdict.OOMKilled:
		c.say("%s ended because slimrun's init in %s was killed from outside", v.Command[0], place(v))
	}
}

// place is where the run was.
func place(v verdict.Verdict) string {
	if v.Step != nil {
		return "step " + v.Step.String() + " of Slurm's"
	}
	return v.Unit
}

// victims says who was killed: the payload itself, or processes below it.
func victims(v verdict.Verdict) string {
	name, n := v.Command[0], v.KilledForMemory()
	if v.InitKilled && v.Outcome == verdict.OOMKilled && n > 1 {
		n-- // it is nobody's process
	}
	switch {
	case v.Own(limit.OOM) == "kill" && v.Outcome == verdict.OOMKilled: // the kernel counts the first of a group twice
		return name + " and all of its processes were"
	case v.Outcome == verdict.OOMKilled && n == 1:
		return name + " was"
	case v.Outcome == verdict.OOMKilled:
		return fmt.Sprintf("%s and %d more of its processes were", name, n-1)
	case n == 1:
		return "1 process of " + name + " was"
	default:
		return fmt.Sprintf("%d processes of %s were", n, name)
	}
}

// reason says whose limit was reached.
func reason(v verdict.Verdict) string {
	peak, by := size(v.Usage.MemoryPeak), v.Culprit
	switch by.Whose {
	case cgroup.Machine:
		return "the machine had none left, no limit was reached; peak " + peak
	case cgroup.Inside:
		return fmt.Sprintf("limit %s of a cgroup of its own, %s; peak %s", size(by.Limit), path.Base(by.Path), peak)
	case cgroup.Own:
		return fmt.Sprintf("limit %s, peak %s, swap %s", size(by.Limit), peak, v.Own(limit.Swap))
	case cgroup.Above:
		return fmt.Sprintf("limit %s for all of %s, peak %s", size(by.Limit), around(by.Path), peak)
	}
	return fmt.Sprintf("limit %s, peak %s, swap %s", v.Limit(limit.Memory), peak, v.Limit(limit.Swap))
}

// around names a cgroup that holds the run: its unit, if it is one.
func around(at string) string {
	if at == "/" {
		return "this container"
	}
	return path.Base(at)
}

// refused says whose limit refused forks.
func refused(v verdict.Verdict) string {
	text := fmt.Sprintf("%d forks of %s were refused", v.Forks.WereRefused(), v.Command[0])
	if v.Forks.WereRefused() == 1 {
		text = "1 fork of " + v.Command[0] + " was refused"
	}
	if v.Forks.Limit == 0 {
		return text + " by a limit on tasks above " + v.Unit
	}
	return fmt.Sprintf("%s: limit %d tasks", text, v.Forks.Limit)
}

// size is a figure in bytes for people; nil is a figure the kernel has not.
func size(n *uint64) string {
	if n == nil {
		return "unknown"
	}
	return limit.FormatSize(*n)
}

// span is a figure in microseconds for people.
func span(usec *uint64) string {
	if usec == nil {
		return "unknown"
	}
	return (time.Duration(*usec) * time.Microsecond).Round(100 * time.Microsecond).String()
}

func number(n *uint64) string {
	if n == nil {
		return "unknown"
	}
	return fmt.Sprint(*n)
}

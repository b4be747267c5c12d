package verdict

import (
	"cmp"
	"errors"
	"strings"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/slurm"
)

// Outcome is why a run ended.
type Outcome string

// The outcomes (docs/report.md).
const (
	Exited    Outcome = "exited"
	Signaled  Outcome = "signaled"
	OOMKilled Outcome = "oom-killed"
	TimedOut  Outcome = "timed-out"
	StoppedBy Outcome = "stopped"
	FailedRun Outcome = "failed"
)

// Exit statuses that are slimrun's own.
const (
	statusTimeout = 124
	StatusFailed  = 125
)

// Verdict is what came of a run.
type Verdict struct {
	Command     []string
	Unit        string
	Manager     unit.Kind
	Step        *slurm.Step // of Slurm's, in which the run was; nil for a scope
	Tasks       int         // of that step on this node, this run's among them
	Cgroup      string
	Started     time.Time
	Wall        time.Duration
	Outcome     Outcome
	Status      int            // slimrun's exit status
	Signal      syscall.Signal // that ended the payload, 0 for none
	Err         error          // why slimrun failed
	Proofs      []unit.Proof
	Slice       string // whose budget the run shares, "" for none
	SliceProofs []unit.Proof
	Beside      []unit.Bound // limits around slimrun that do not hold the run
	Usage       cgroup.Usage
	OOM         cgroup.OOM
	Culprit     cgroup.Culprit // whose limit the kernel killed for, after a kill
	KilledEarly bool           // the last kill for memory came long before the end
	Attempts    []Attempt      // with --retry-oom, this one among them
	Pressures   []Pressure
	Forks       Forks
	Samples     sample.Series // of the run while it went on; nil where nobody asked
	InitKilled  bool
	Uncounted   bool // the payload was killed, and whether for memory nobody can say
	Filtered    bool // --seccomp: system calls are refused
	Summary     bool
	LogErr      error // why the log of a detached run may lack what came last
}

// KilledForMemory counts the processes that the kernel killed.
func (v Verdict) KilledForMemory() uint64 { return orZero(v.OOM.Kills) }

// Judge takes the payload's end and why it came. A SIGKILL is the kernel's
// killer's only where the kernel counted one.
func (v *Verdict) Judge(status syscall.WaitStatus, end Ending) {
	if status.Signaled() {
		v.Signal, v.Status, v.Outcome = status.Signal(), 128+int(status.Signal()), Signaled
	} else {
		v.Status, v.Outcome = status.ExitStatus(), Exited
	}
	switch {
	case end.Timeout:
		v.Outcome, v.Status = TimedOut, statusTimeout
	case end.Memory && v.KilledForMemory() > 0:
		v.Outcome = OOMKilled
	case end.Stopping:
		v.Outcome = StoppedBy
	case v.Signal == syscall.SIGKILL && v.KilledForMemory() > 0 && !v.KilledEarly:
		v.Outcome = OOMKilled
	}
}

// Refused is the verdict on a request that could not be read.
func Refused(command []string, err error) Verdict {
	v := Verdict{Command: command, Started: time.Now()}
	v.Fail(err)
	return v
}

// Fail records an error of slimrun's own; nil leaves the verdict as it is.
func (v *Verdict) Fail(err error) {
	if err == nil {
		return
	}
	var interrupted Interrupted
	var unusable Unusable
	v.Err, v.Outcome, v.Status = err, FailedRun, StatusFailed
	switch {
	case errors.As(err, &interrupted):
		v.Err, v.Outcome, v.Signal = nil, Signaled, interrupted.Signal
		v.Status = 128 + int(interrupted.Signal)
	case errors.As(err, &unusable):
		v.Status = unusable.Status
	}
}

// Own is the text of a limit that was asked for, for the run itself, or "none".
func (v Verdict) Own(row *limit.Row) string { return cmp.Or(v.limit(row), "none") }

// limit is what was asked for by a flag, "" for nothing.
func (v Verdict) limit(row *limit.Row) string {
	for _, proof := range v.Proofs {
		if proof.Asked.Row == row {
			return proof.Asked.Text
		}
	}
	return ""
}

// Limit is the text of a limit that was asked for, for the run or for all in
// its slice, or "none".
func (v Verdict) Limit(row *limit.Row) string {
	text := v.limit(row)
	for _, proof := range v.SliceProofs {
		if proof.Asked.Row == row {
			return strings.TrimPrefix(text+", ", ", ") + proof.Asked.Text + " for all of " + v.Slice
		}
	}
	if text == "" {
		return "none"
	}
	return text
}

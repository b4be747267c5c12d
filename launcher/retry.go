package launcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

// Run runs the spec to its end, and again with more memory where that was asked for
// and helps. Whatever happens is in the verdict, which is the last attempt's.
func Run(asked spec.Spec, tell Narrator) verdict.Verdict {
	if asked.Retry.Percent == 0 {
		v, _ := attempt(asked, tell, nil)
		return v
	}
	input, err := openInput()
	if err != nil {
		v := newVerdict(asked)
		v.Fail(err)
		return v
	}
	var attempts []verdict.Attempt
	var caller *unit.Caller
	for {
		var v verdict.Verdict
		v, caller = attempt(asked, tell, caller)
		attempts = append(attempts, verdict.NewAttempt(v, asked.Memory()))
		v.Attempts = attempts
		if !shortOfMemory(v) || len(attempts) > asked.Retry.Times {
			return v
		}
		more := nextMemory(asked)
		next, err := asked.WithMemory(more)
		if err = errors.Join(err, input.rewind()); err != nil || more <= asked.Memory() {
			tell.NoRetry(v, asked.Memory(), err)
			return v
		}
		tell.Retry(v, asked.Memory(), more)
		asked, tell = next, quieter{tell}
	}
}

// quieter says once that a run is there, and asks once whether it may go.
type quieter struct{ Narrator }

func (quieter) Started() {}

func (quieter) MayGo(context.Context) error { return nil }

// shortOfMemory: more of it would have helped. Where another cgroup's limit was
// reached, or the machine had none left, it would not.
func shortOfMemory(v verdict.Verdict) bool {
	own := v.Culprit.Whose == cgroup.Own || v.Culprit.Whose == cgroup.Unknown
	return v.Outcome == verdict.OOMKilled && own
}

// nextMemory is the limit of the next attempt: not above the ceiling, nor what the
// machine and the cgroups above have.
func nextMemory(asked spec.Spec) uint64 {
	now := asked.Memory()
	more := now/100*asked.Retry.Percent + now%100*asked.Retry.Percent/100
	if all, err := limit.ParseSize("100%"); err == nil {
		more = min(more, all)
	}
	if asked.Retry.Ceiling > 0 {
		more = min(more, asked.Retry.Ceiling)
	}
	return max(more, now)
}

// input is stdin, and where it stood before the first attempt.
type input struct {
	file bool
	at   int64
}

// openInput sees that stdin can be read again.
func openInput() (in input, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(0, &st); err != nil {
		return in, nil // closed: there is nothing to read
	}
	switch {
	case st.Mode&unix.S_IFMT == unix.S_IFREG:
		in.file = true
		in.at, err = unix.Seek(0, 0, io.SeekCurrent)
		return in, err
	case st.Mode&unix.S_IFMT == unix.S_IFCHR && isNull(st):
		return in, nil
	}
	return in, problem.Errorf("give it a file, or `</dev/null`",
		"--retry-oom: stdin is neither a file nor /dev/null: what one attempt has read the next could not")
}

func isNull(st unix.Stat_t) bool { return st.Rdev == unix.Mkdev(1, 3) }

// rewind puts stdin back where it was.
func (in input) rewind() error {
	if !in.file {
		return nil
	}
	if _, err := unix.Seek(0, in.at, io.SeekStart); err != nil {
		return fmt.Errorf("putting stdin back to its start: %w", err)
	}
	return nil
}

// nameFreeWithin is how long systemd may take to forget a scope of the same name.
const nameFreeWithin = 5 * time.Second

// attempt runs the spec once; a name of its own may be the last attempt's yet. The caller
// is the first attempt's, nil in that: whoever had the run detached may have ended.
func attempt(asked spec.Spec, tell Narrator, caller *unit.Caller) (verdict.Verdict, *unit.Caller) {
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		v, found := once(asked, tell, caller)
		if caller == nil || !errors.Is(v.Err, unit.ErrTaken) || time.Since(began) > nameFreeWithin {
			return v, found
		}
	}
}

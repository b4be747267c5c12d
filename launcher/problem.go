package launcher

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
)

// Problem is a failure whose remedy is known.
type Problem struct {
	Err    error
	Remedy string
}

func (p *Problem) Error() string { return p.Err.Error() }
func (p *Problem) Unwrap() error { return p.Err }

// Hint is the remedy, for whoever prints the error.
func (p *Problem) Hint() string { return p.Remedy }

// unusable marks a payload that cannot be run: found but not executable
// (126), or not found (127).
type unusable struct {
	error
	status int
}

func (u unusable) Unwrap() error { return u.error }

// interrupted is a launch that a signal ended before the payload was there.
type interrupted struct{ signal syscall.Signal }

func (i interrupted) Error() string {
	return fmt.Sprintf("ended by %v before the payload started", i.signal)
}

// namespaceSwitch is a setting of the kernel that forbids user namespaces.
type namespaceSwitch struct{ file, bad, mend string }

// forbidden finds the switch that is set so; read returns a file, trimmed.
func forbidden(read func(name string) string) (namespaceSwitch, bool) {
	for _, s := range []namespaceSwitch{
		{"/proc/sys/user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=16384"},
		{"/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"},
		{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
	} {
		if read(s.file) == s.bad {
			return s, true
		}
	}
	return namespaceSwitch{}, false
}

// userNamespaceProblem names the switch that forbids user namespaces.
func userNamespaceProblem(err error) error {
	if s, ok := forbidden(unit.ThisHost().Read); ok {
		return &Problem{
			fmt.Errorf("%w: user namespaces are switched off (%s is %s)", err, s.file, s.bad),
			"as root: " + s.mend + "; or --share all for the limits alone",
		}
	}
	return &Problem{fmt.Errorf("%w: this user may not make a user namespace", err), "--share all gives the limits alone"}
}

// explainFailure turns a failed step inside into an error with its remedy,
// and tells a payload that cannot be run from a set-up that went wrong.
func explainFailure(f *nsinit.Failure) error {
	switch {
	case f.Step == nsinit.StepFind && (f.Errno == syscall.ENOENT || f.Errno == syscall.ENOTDIR):
		return unusable{&Problem{fmt.Errorf("%q was not found", f.Object), "looked up as the payload would: in its PATH, from its working directory"}, 127}
	case f.Step == nsinit.StepExec && f.Errno == syscall.EAGAIN:
		return &Problem{fmt.Errorf("too small: the payload could not be forked: %w", f), "raise --pids or `ulimit -u`"}
	case f.Step == nsinit.StepExec && f.Errno == syscall.ENOMEM:
		return &Problem{fmt.Errorf("too small: no memory to start the payload: %w", f), "raise --memory"}
	case f.Step == nsinit.StepExec && f.Errno == syscall.ENOEXEC:
		return unusable{&Problem{f, "neither ELF nor a script with #!: name its interpreter, as in `sh FILE`"}, 126}
	case f.Step == nsinit.StepFind || f.Step == nsinit.StepExec:
		return unusable{f, 126}
	case f.Step == "mounting /proc":
		return &Problem{f, "a container that masks parts of /proc forbids a new one: --share pid does without"}
	}
	for _, explain := range []func(*nsinit.Failure) error{explainAttribute, explainFiles} {
		if err := explain(f); err != nil {
			return err
		}
	}
	return f
}

// tooSmall explains a launch that the kernel's killer ended.
func (r *run) tooSmall(err error) error {
	var known *nsinit.Failure
	kills := r.cgroup.OOM().Kills
	gone := kills == nil && (errors.Is(err, syscall.ENODEV) || errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) || errors.Is(err, syscall.EPIPE))
	switch {
	case errors.As(err, &known):
	case kills != nil && *kills > 0, gone && r.under(startFloor):
		return r.memoryTooSmall()
	}
	return err
}

// belowFloor: the init was killed, the cgroup went before its counters could be
// read, and the limit is one under which nothing runs.
func (r *run) belowFloor(end syscall.WaitStatus, floor uint64) bool {
	return r.verdict.OOM.Kills == nil && end.Signal() == syscall.SIGKILL && r.under(floor)
}

func (r *run) under(floor uint64) bool {
	limit := r.memoryLimit()
	return limit.Limit != nil && limit.Number() < floor
}

// memoryLimit is the one asked for, or none: its Limit is nil.
func (r *run) memoryLimit() (asked unit.Asked) {
	for _, limit := range r.spec.Limits {
		if limit.Limit.Flag == "memory" {
			asked = limit
		}
	}
	return asked
}

// What a run needs at most to start, in bytes: with files to make, which takes a
// Go program, and until its payload has come through its exec.
const (
	startFloor = 2 << 20
	execFloor  = 256 << 10
)

func (r *run) memoryTooSmall() error {
	return &Problem{
		fmt.Errorf("--memory %s is too small: the run was killed for memory before the payload started", r.memoryLimit().Text),
		"a run itself needs 256K to 384K, and up to 2M where it makes files (--root, --bind, --tmpfs, ...); the payload's needs come on top",
	}
}

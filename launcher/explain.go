package launcher

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/idmap"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/problem"
)

// userNamespaceProblem names the switch that forbids user namespaces.
func userNamespaceProblem(err error) error {
	if s, ok := idmap.Forbidden(unit.ThisHost().Read); ok {
		return problem.Errorf("as root: "+s.Mend+"; or --share all for the limits alone",
			"%w: user namespaces are switched off (%s is %s)", err, s.File, s.Bad)
	}
	return problem.Errorf("--share all gives the limits alone", "%w: this user may not make a user namespace", err)
}

// explainStep is Explain for a step of a launch: one is about the manager.
func (r *run) explainStep(f *nsinit.Failure) error {
	if f.Step == nsinit.StepConnect {
		return r.manager.Unreachable(f)
	}
	return Explain(f)
}

// Explain turns a failed step inside into an error with its remedy,
// and tells a payload that cannot be run from a set-up that went wrong.
func Explain(f *nsinit.Failure) error {
	switch {
	case f.Step == nsinit.StepFind && (f.Errno == syscall.ENOENT || f.Errno == syscall.ENOTDIR):
		return verdict.Unusable{Err: problem.Of(fmt.Errorf("%q was not found", f.Object),
			"looked up as the payload would: in its PATH, from its working directory"), Status: 127}
	case f.Step == nsinit.StepExec && f.Errno == syscall.EAGAIN:
		return problem.Of(fmt.Errorf("too small: the payload could not be forked: %w", f),
			"raise --pids or `ulimit -u`")
	case f.Step == nsinit.StepExec && f.Errno == syscall.ENOMEM:
		return problem.Of(fmt.Errorf("too small: no memory to start the payload: %w", f), "raise --memory")
	case f.Step == nsinit.StepExec && f.Errno == syscall.ENOEXEC:
		return verdict.Unusable{Err: problem.Of(f,
			"neither ELF nor a script with #!: name its interpreter, as in `sh FILE`"), Status: 126}
	case f.Step == nsinit.StepFind || f.Step == nsinit.StepExec:
		return verdict.Unusable{Err: f, Status: 126}
	case f.Step == nsinit.StepProc:
		return problem.Of(f, "a container that masks parts of /proc forbids a new one: --share pid does without")
	case f.Step == nsinit.StepLeave && f.Errno == syscall.EPERM:
		return problem.Of(f, "in a user namespace slimrun needs a PID namespace of that one too: "+
			"`unshare -pf --mount-proc slimrun` ...")
	}
	for _, explain := range []func(*nsinit.Failure) error{explainAttribute, explainFiles, explainJoin} {
		if err := explain(f); err != nil {
			return err
		}
	}
	return f
}

// explainJoin names what forbids a command in a run that there is; nil for another
// failure.
func explainJoin(f *nsinit.Failure) error {
	if f.Step != nsinit.StepBorn {
		return nil
	}
	switch f.Errno {
	case unix.EAGAIN:
		return problem.Of(f, "the run has as many tasks as it may: `slimrun update --pids N` lets it have more")
	case unix.EACCES, unix.EPERM:
		return problem.Of(f, "the kernel lets only those move a process there who may write to the cgroup "+
			"that holds both ends")
	case unix.ENOSYS:
		return problem.Of(f, "clone3 is forbidden here: in a container, `docker run --security-opt seccomp=unconfined`")
	}
	return nil
}

// explainAttribute names what forbids a change of the payload's attributes;
// nil for another failure.
func explainAttribute(f *nsinit.Failure) error {
	if f.Errno != unix.EPERM && f.Errno != unix.EACCES {
		return nil
	}
	switch f.Step {
	case nsinit.StepRlimit:
		var have unix.Rlimit
		unix.Getrlimit(spec.Resource(f.Object), &have)
		return problem.Of(f, fmt.Sprintf("the caller's hard limit is %s, "+
			"and only root with CAP_SYS_RESOURCE may go beyond", limitText(have.Max)))
	case nsinit.StepNice:
		return problem.Of(f, "below the caller's nice value it takes root, or `ulimit -e`; "+
			"inside a user namespace of its own nobody may")
	case nsinit.StepGroups:
		return problem.Of(f, "the user namespace around slimrun may forbid that (/proc/self/setgroups): "+
			"one whose gids newgidmap has mapped does not")
	case nsinit.StepOOMScore:
		have, _ := os.ReadFile("/proc/self/oom_score_adj")
		return problem.Of(f, fmt.Sprintf("the caller's is %s, and only root with CAP_SYS_RESOURCE may go below",
			strings.TrimSpace(string(have))))
	}
	return nil
}

func limitText(n uint64) string {
	if n == unix.RLIM_INFINITY {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}

// explainFiles names what is wrong with a file system that was asked for; nil
// for another failure.
func explainFiles(f *nsinit.Failure) error {
	switch {
	case f.Step == nsinit.StepTarget && f.Errno == unix.ENOENT:
		return problem.Of(f, "nothing is made among the caller's files: make it first, "+
			"or put a --tmpfs over the directory, or take a --root")
	case f.Step == nsinit.StepTarget && f.Errno == unix.ELOOP:
		return problem.Errorf("put a directory in the link's place, or name the place that is meant",
			"%s %q: it is a link, or behind one, that is not followed", f.Step, f.Object)
	case f.Step == nsinit.StepOverlay && f.Errno == unix.ELOOP:
		return problem.Errorf("remove it: a directory is made in its place",
			"%s: %q is a link, which is not followed", f.Step, f.Object)
	case (f.Step == nsinit.StepRoot || f.Step == nsinit.StepSource) && f.Errno == unix.EACCES && os.Geteuid() == 0:
		return problem.Of(f, "root of --map-root is nobody (uid 65534) outside, who must be able to get there: "+
			"keep it in /srv, say, not in root's home")
	case f.Step == nsinit.StepPivot && f.Errno == unix.EINVAL:
		return problem.Of(f, "the caller itself is in a chroot, or on a ramfs that cannot be left")
	case f.Step == nsinit.StepOverlay && f.Errno == unix.ENODEV:
		return problem.Of(f, "as root: modprobe overlay")
	case f.Step == nsinit.StepOverlay && f.Errno == unix.EINVAL:
		return problem.Of(f, "the directory must not lie within the root, nor on a file system without "+
			"extended attributes (an overlay, say): --overlay - takes a tmpfs")
	}
	return nil
}

// limited names a limit of the caller's by which any step may fail.
func limited(err error) error {
	switch {
	case problem.Remedy(err) != "":
	case errors.Is(err, syscall.EMFILE):
		return problem.Of(err, "slimrun itself opens some 20 files: "+
			"raise `ulimit -n`, and limit the command alone: --ulimit nofile=N")
	case errors.Is(err, syscall.EFBIG):
		return problem.Of(err, "the limit on file sizes counts for memory that two processes share: "+
			"raise `ulimit -f`, and limit the command alone: --ulimit fsize=BYTES")
	}
	return err
}

// explainClone names what hinders the held child: a step that was known to fail
// beforehand, or what forbids the namespaces.
func explainClone(err error) error {
	if failure := (*nsinit.Failure)(nil); errors.As(err, &failure) {
		return Explain(failure)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.ENOSPC):
		if os.Geteuid() != 0 {
			return userNamespaceProblem(err)
		}
	case errors.Is(err, syscall.EAGAIN):
		return problem.Of(err, "raise `ulimit -u`, or end some of your processes")
	}
	return err
}

package nsinit

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit/files"
	"github.com/slimrun/slimrun/nsinit/inside"
)

// fill writes down in the block all that the init is to do. Errors: what cannot
// be said to the kernel, such as a NUL in an argument, and what is known to fail.
func (c *Config) fill(a *arena, clone Clone, control int) error {
	if err := c.check(); err != nil {
		return err
	}
	t, b := &inside.Here().Tasks, &inside.Here().Boarding
	*t = c.tasks(a, clone, control)
	b.Program = program(a, []string{inside.Name, strconv.Itoa(a.fd)})
	boarded := append([]int{control, a.fd}, c.PassFDs...)
	if len(c.Terminal.Stdio) > 0 {
		boarded = append(boarded, c.Terminal.FD)
	}
	if err := c.places(a, t, clone); err != nil {
		return err
	}
	for _, fd := range []int32{t.Children, t.FilesFD} {
		if fd >= 0 {
			boarded = append(boarded, int(fd))
		}
	}
	if c.Join != nil {
		joining, err := c.Join.fill(a, t)
		if err != nil {
			return err
		}
		boarded = append(boarded, joining...)
		b.Program.Path = a.text(c.program)
	}
	b.FDs = put(a, numbers[int32](boarded))
	b.Prepare()
	inside.Here().Used = a.used
	return a.err
}

// tasks are those that need nothing to be opened.
func (c *Config) tasks(a *arena, clone Clone, control int) inside.Tasks {
	caller := inside.TheCaller()
	return inside.Tasks{
		Control: int32(control), Memory: int32(a.fd), Nofile: caller.Nofile,
		First: clone.Flags&unix.CLONE_NEWPID != 0, OwnUser: c.OwnUser, BecomeRoot: c.Identity.BecomeRoot,
		NoInit: c.NoInit, Private: c.Private, Proc: c.Proc, NewRoot: c.Files.Root != "", Trace: c.Trace,
		RestoreModes: c.Restore, Cgroup: c.Unshare.Cgroup, Loopback: c.Unshare.Loopback,
		Hostname: a.optional(c.Hostname), HostnameSize: uintptr(len(c.Hostname)), Dir: a.optional(c.Dir),
		// Nobody else may write there anyway, and would lose nested user namespaces.
		GuardProc: c.Files.ReadOnly && os.Geteuid() == 0,
		Children:  -1, FilesFD: -1,
		Payload: c.payload(a, caller),
	}
}

// places opens what the init finds its children, its manager and its files by.
func (c *Config) places(a *arena, t *inside.Tasks, clone Clone) error {
	if !t.First {
		proc, err := unix.Open(clone.proc(), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("opening %q: %w", clone.proc(), err)
		}
		t.Children = int32(proc)
	}
	if c.Unshare.Cgroup && c.Private {
		hierarchies, err := hierarchies(a)
		if err != nil {
			return err
		}
		t.Hierarchies = put(a, hierarchies)
	}
	if clone.Connect != "" {
		socket, err := newSocket(a, clone.Connect, clone.Greeting)
		if err != nil {
			return err
		}
		t.Socket = *socket
	}
	if !c.Files.Given() {
		return nil
	}
	job, err := files.NewJob(c.Files, c.Proc && !c.NoInit)
	if err != nil {
		return err
	}
	t.FilesFD = int32(job)
	t.Files = program(a, []string{files.Name, strconv.Itoa(a.fd), strconv.Itoa(job)})
	return nil
}

// program is this one, executed again. Nothing of the caller's environment is for
// it.
func program(a *arena, argv []string) inside.Program {
	return inside.Program{
		Path: a.text("/proc/self/exe"),
		Argv: a.texts(argv),
		Env:  a.texts([]string{"GOMAXPROCS=1", "GOGC=off"}),
	}
}

// payload is what its process does to itself before its exec.
func (c *Config) payload(a *arena, caller inside.Caller) inside.Payload {
	candidates := lookup(c.Argv[0], c.Env)
	paths := make([]inside.Text, len(candidates))
	for i, path := range candidates {
		paths[i] = a.text(path)
	}
	p := inside.Payload{
		Name: a.text(c.Argv[0]), Argv: a.texts(c.Argv), Env: a.texts(c.Env), Candidates: put(a, paths),
		ByPath:  strings.Contains(c.Argv[0], "/"),
		PassFDs: put(a, numbers[int32](c.PassFDs)),
		Session: c.Terminal.Session, Terminal: int32(c.Terminal.FD), Stdio: put(a, numbers[int32](c.Terminal.Stdio)),
		Closed: caller.Closed, Mask: caller.Mask, Ignored: caller.Ignored,
		Addresses: caller.Addresses, Data: caller.Data, Stack: caller.Stack, Processes: caller.Tasks, File: caller.File,
		UID: c.Identity.UID, GID: c.Identity.GID, Groups: put(a, numbers[uint32](c.Identity.Groups)),
		SetIDs: c.Identity.given(), Seen: c.UID,
		Nice: c.Attributes.Nice, Policy: c.Attributes.Policy,
		Drops: c.Guard.Drops, Bound: c.Guard.Bound, Add: c.Guard.Add, NoNewPrivs: c.Guard.NoNewPrivs,
		Time: c.Unshare.Time, Filter: put(a, c.Guard.Filter),
	}
	rlimits := make([]inside.Rlimit, len(c.Attributes.Rlimits))
	for i, r := range c.Attributes.Rlimits {
		rlimits[i] = inside.Rlimit{
			Name: a.text(r.Name), Resource: r.Resource, Limit: unix.Rlimit{Cur: r.Soft, Max: r.Hard},
		}
	}
	p.Rlimits = put(a, rlimits)
	return p
}

// check: a capability that the caller has not cannot be given. In a user
// namespace of its own a process has them all.
func (c *Config) check() error {
	for n := range uintptr(64) {
		if c.Guard.Add&(1<<n) == 0 || c.OwnUser {
			continue
		}
		if has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, n, 0, 0, 0); err != nil || has != 1 {
			return fail(StepCapabilities, "", syscall.EPERM)
		}
	}
	return nil
}

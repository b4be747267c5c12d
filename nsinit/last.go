package nsinit

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// LastStage says whether the payload needs a stage of its own, for what must
// not touch the init: its attributes, ids, capabilities and filter.
func (c *Config) LastStage() bool {
	return c.NoInit || c.Attributes.given() || c.Identity.given() || c.Guard.given()
}

// become turns the stage into the payload. It returns only on failure.
func (c *Config) become() *Failure {
	path := ""
	steps := []func() *Failure{
		c.firstProc,
		func() *Failure { return placeFDs(c.PassFDs) }, // before there are few fds to be had
		c.Attributes.apply,
		c.Guard.bound,
		c.Identity.apply,
		c.Guard.capabilities,
		c.dieWithInit,
		c.noNewPrivileges,
		func() (failure *Failure) { path, failure = find(c.Argv[0], c.Env); return },
		c.signalMask,
		c.Guard.filter,
	}
	for _, step := range steps {
		if failure := step(); failure != nil {
			return failure
		}
	}
	return fail(StepExec, path, syscall.Exec(path, c.Argv, c.Env))
}

// firstProc: without an init the stage is the first of its PID namespace.
func (c *Config) firstProc() *Failure {
	if !c.NoInit || !c.Proc {
		return nil
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fail("making the mounts private", "", err)
	}
	return mountProc()
}

// dieWithInit: a change of ids clears the death signal.
func (c *Config) dieWithInit() *Failure {
	if !c.NoInit {
		return nil
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fail("tying the payload to the init", "", err)
	}
	return nil
}

func (c *Config) signalMask() *Failure {
	if _, err := setSigMask(c.SigMask); err != nil {
		return fail("restoring the signal mask", "", err)
	}
	return nil
}

package nsinit

import (
	"golang.org/x/sys/unix"
)

// apply makes the inside what the config says, in the order of its steps.
func (c *Config) apply() *Failure {
	steps := []func() *Failure{
		c.becomeRoot, c.privateMounts, c.cgroupNamespace, c.files, c.ownProc, c.ownCgroups,
		c.hostname, c.loopback, c.directory, c.noNewPrivileges, c.ownCapabilities,
	}
	for _, step := range steps {
		if failure := step(); failure != nil {
			return failure
		}
	}
	return nil
}

// privateMounts: CLONE_NEWNS alone would let mounts out into a shared tree.
func (c *Config) privateMounts() *Failure {
	if !c.Private {
		return nil
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fail("making the mounts private", "", err)
	}
	return nil
}

// ownProc mounts /proc for the new PID namespace; without an init it is the
// payload's stage that is in there, and mounts it.
func (c *Config) ownProc() *Failure {
	if !c.Proc || c.NoInit || c.Files.Root != "" { // a root has got one already
		return nil
	}
	return mountProc()
}

const stepProc = "mounting /proc"

func mountProc() *Failure {
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fail(stepProc, "", err)
	}
	return nil
}

func (c *Config) hostname() *Failure {
	if c.Hostname == "" {
		return nil
	}
	if err := unix.Sethostname([]byte(c.Hostname)); err != nil {
		return fail("setting the hostname", c.Hostname, err)
	}
	return nil
}

func (c *Config) directory() *Failure {
	if c.Dir == "" {
		return nil
	}
	if err := unix.Chdir(c.Dir); err != nil {
		return fail("entering the working directory", c.Dir, err)
	}
	return nil
}

// ownCapabilities: a last stage needs them still, and drops them by itself.
func (c *Config) ownCapabilities() *Failure {
	if c.LastStage() {
		return nil
	}
	return dropCapabilities()
}

// dropCapabilities empties the ambient and the inheritable set: the payload
// gets by its exec what its uid gives it, and no more.
func dropCapabilities() *Failure {
	err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	if err != nil && err != unix.EINVAL { // before kernel 4.3 there is none
		return fail("dropping ambient capabilities", "", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return fail("reading capabilities", "", err)
	}
	sets[0].Inheritable, sets[1].Inheritable = 0, 0
	if err := unix.Capset(&header, &sets[0]); err != nil {
		return fail("dropping inheritable capabilities", "", err)
	}
	return nil
}

package nsinit

import (
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Steps that the launcher explains.
const (
	StepProc     = "mounting /proc"
	StepRlimit   = "setting the limit"
	StepNice     = "setting the nice value"
	StepOOMScore = "setting oom_score_adj"
	stepDir      = "entering the working directory"
)

// before is what the init does to make the inside, up to its files.
func (c *Config) before(a *ark) *calls {
	list := &calls{ark: a}
	if c.Identity.BecomeRoot {
		const step = "becoming root of the user namespace"
		list.add(step, "", unix.SYS_SETGROUPS, 0, 0)
		list.add(step, "", unix.SYS_SETRESGID, 0, 0, 0)
		list.add(step, "", unix.SYS_SETRESUID, 0, 0, 0)
	}
	// After the change of ids, which clears it. A launcher that died before
	// this is seen as the end of the socket.
	list.prctl("asking for the launcher's death signal", unix.PR_SET_PDEATHSIG, int(unix.SIGKILL))
	list.prctl("forbidding to trace the init", unix.PR_SET_DUMPABLE, 0)
	list.prctl("naming the init", unix.PR_SET_NAME, "slimrun-init")
	if !c.Proc || c.NoInit {
		// Without a PID namespace to die with, orphans come here to be reaped.
		list.prctl("becoming the reaper", unix.PR_SET_CHILD_SUBREAPER, 1)
	}
	if c.Private {
		privateMounts(list)
	}
	return list
}

// after is what comes after the files, which know no /proc of the run's own.
func (c *Config) after(a *ark) *calls {
	list := &calls{ark: a}
	if c.Proc && !c.NoInit && c.Files.Root == "" { // a root has got one already
		mountProc(list)
	}
	if c.Unshare.Cgroup {
		list.unshareCgroup()
		if c.Private {
			list.mountCgroups()
		}
	}
	if c.Hostname != "" {
		list.add("setting the hostname", c.Hostname, unix.SYS_SETHOSTNAME, c.Hostname, len(c.Hostname))
	}
	if c.Unshare.Loopback {
		list.loopback()
	}
	if c.Files.Root != "" { // the old one's directory is still there
		list.add(stepDir, "/", unix.SYS_CHDIR, "/")
	}
	if c.Dir != "" {
		list.add(stepDir, c.Dir, unix.SYS_CHDIR, c.Dir)
	}
	return list
}

// privateMounts: CLONE_NEWNS alone would let mounts out into a shared tree.
func privateMounts(list *calls) {
	list.mount("making the mounts private", "", "", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
}

func mountProc(list *calls) {
	list.mount(StepProc, "", "proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
}

// loopback brings lo up.
func (c *calls) loopback() {
	const step = "bringing the loopback up"
	request, err := unix.NewIfreq("lo")
	if err != nil {
		c.err = err
		return
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	c.add(step, "", unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0).keep(0)
	c.add(step, "", unix.SYS_IOCTL, register(0), unix.SIOCSIFFLAGS, unsafe.Pointer(stow(c.ark, *request)))
	c.add(step, "", unix.SYS_CLOSE, register(0))
}

func (c *calls) unshareCgroup() {
	c.add("making the cgroup namespace", "", unix.SYS_UNSHARE, unix.CLONE_NEWCGROUP)
}

// mountCgroups mounts every cgroup hierarchy again where it is, from the new
// namespace's root down and read-only. On v1 one that systemd does not put the
// scope into keeps its old root.
func (c *calls) mountCgroups() {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		c.err = fmt.Errorf("reading the mounts: %w", err)
	}
	for line := range strings.Lines(string(table)) {
		if place, kind, options, ok := parseHierarchy(line); ok {
			c.mountAgain(place, kind, options)
		}
	}
}

// trims is how often systemd may remove the cgroup that is to be mounted: on v1
// it does so where it finds that a hierarchy is not wanted, and the process is
// in the one above then.
const trims = 10

// mountAgain mounts a file system over itself, which mount(2) refuses, and
// read-only here alone (kernel 5.2). Each gets the namespace made anew: its root
// is where the process is at that moment.
func (c *calls) mountAgain(place, kind string, options []string) {
	const step, fs, mount = "mounting the cgroups", register(0), register(1)
	c.unshareCgroup()
	first := len(c.list)
	c.add(step, place, unix.SYS_FSOPEN, kind, unix.FSOPEN_CLOEXEC).keep(fs)
	for _, option := range options {
		name, value, isString := strings.Cut(option, "=")
		if isString {
			c.add(step, place, unix.SYS_FSCONFIG, fs, unix.FSCONFIG_SET_STRING, name, value, 0)
			continue
		}
		c.add(step, place, unix.SYS_FSCONFIG, fs, unix.FSCONFIG_SET_FLAG, name, 0, 0)
	}
	create := c.add(step, place, unix.SYS_FSCONFIG, fs, unix.FSCONFIG_CMD_CREATE, 0, 0, 0)
	create.passing, create.back, create.tries = unix.ENOENT, len(c.list)-first, trims
	c.add(step, place, unix.SYS_FSMOUNT, fs, unix.FSMOUNT_CLOEXEC, plain|unix.MOUNT_ATTR_NOEXEC|unix.MOUNT_ATTR_RDONLY).keep(mount)
	c.add(step, place, unix.SYS_MOVE_MOUNT, mount, "", unix.AT_FDCWD, place, unix.MOVE_MOUNT_F_EMPTY_PATH)
	c.add(step, place, unix.SYS_CLOSE, mount)
	c.add(step, place, unix.SYS_CLOSE, fs)
}

// parseHierarchy reads a line of mountinfo that is a cgroup mount: "ID PARENT
// MAJ:MIN ROOT PLACE OPTIONS ... - TYPE SOURCE SUPER-OPTIONS". The options are
// v1's: a hierarchy's controllers, or its name.
func parseHierarchy(line string) (place, kind string, options []string, ok bool) {
	mount, super, ok := strings.Cut(strings.TrimSpace(line), " - ")
	fields, ends := strings.Fields(mount), strings.Fields(super)
	if !ok || len(fields) < 5 || len(ends) < 3 || ends[0] != "cgroup" && ends[0] != "cgroup2" {
		return "", "", nil, false
	}
	if ends[0] == "cgroup2" {
		return fields[4], ends[0], nil, true
	}
	for _, word := range strings.Split(ends[2], ",") {
		if name, _, _ := strings.Cut(word, "="); word != "rw" && word != "ro" && name != "release_agent" {
			options = append(options, word)
		}
	}
	return fields[4], ends[0], options, true
}

package nsinit

import (
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// payload is what the payload's process does to itself between its clone and
// its exec; mask is the caller's blocked signals, bit N-1 for signal N. What
// must not touch the init stands here.
func (c *Config) payload(a *ark, mask uint64) *calls {
	list := &calls{ark: a}
	if c.NoInit {
		list.prctl("tying the payload to the init", unix.PR_SET_PDEATHSIG, int(unix.SIGKILL))
		if c.Proc {
			privateMounts(list)
			mountProc(list)
		}
	}
	for _, fd := range c.PassFDs {
		list.add("passing a file descriptor", strconv.Itoa(fd), unix.SYS_FCNTL, fd, unix.F_SETFD, 0)
	}
	c.Terminal.calls(list)
	c.Attributes.calls(list)
	c.Guard.bound(list)
	c.Identity.calls(list)
	c.capabilities(list)
	if c.NoInit { // a change of ids clears it
		list.prctl("tying the payload to the init", unix.PR_SET_PDEATHSIG, int(unix.SIGKILL))
	}
	if c.Guard.NoNewPrivs {
		list.prctl("setting no_new_privs", unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	}
	if c.Unshare.Time {
		list.add("making the time namespace", "", unix.SYS_UNSHARE, unix.CLONE_NEWTIME)
	}
	list.add("restoring the signal mask", "", unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, unsafe.Pointer(stow(a, mask)), 0, 8)
	c.Guard.filter(list)
	return list
}

// cloneFlags are those of the payload: without an init it is PID 1.
func (c *Config) cloneFlags() uintptr {
	if !c.NoInit {
		return 0
	}
	flags := uintptr(unix.CLONE_NEWPID)
	if c.Private {
		flags |= unix.CLONE_NEWNS
	}
	return flags
}

func (t *Terminal) calls(list *calls) {
	const step = "giving the payload its terminal"
	if t.Session {
		list.add(step, "", unix.SYS_SETSID)
	}
	if len(t.Stdio) > 0 {
		list.add(step, "", unix.SYS_IOCTL, t.FD, unix.TIOCSCTTY, 0)
	}
	for _, fd := range t.Stdio {
		list.add(step, "", unix.SYS_DUP3, t.FD, fd, 0)
	}
}

func (a *Attributes) calls(list *calls) {
	if a.Nice.Given {
		list.add(StepNice, strconv.Itoa(a.Nice.Value), unix.SYS_SETPRIORITY, unix.PRIO_PROCESS, 0, a.Nice.Value)
	}
	if a.Policy.Given { // it keeps the nice value
		list.add("setting the scheduling policy", "", unix.SYS_SCHED_SETSCHEDULER, 0, a.Policy.Value, unsafe.Pointer(stow(list.ark, int32(0))))
	}
	if a.OOMScoreAdj.Given {
		// The file is its user's only where the process may be dumped.
		score := strconv.Itoa(a.OOMScoreAdj.Value)
		list.prctl(StepOOMScore, unix.PR_SET_DUMPABLE, 1)
		list.write(StepOOMScore, score, "/proc/self/oom_score_adj", score)
		list.prctl(StepOOMScore, unix.PR_SET_DUMPABLE, 0)
	}
	for _, r := range a.Rlimits {
		limit := stow(list.ark, unix.Rlimit{Cur: r.Soft, Max: r.Hard})
		list.add(StepRlimit, r.Name, unix.SYS_PRLIMIT64, 0, r.Resource, unsafe.Pointer(limit), 0)
	}
}

// calls change the ids; the capabilities stay for the step that drops them.
func (i *Identity) calls(list *calls) {
	if !i.given() {
		return
	}
	groups := make([]uint32, len(i.Groups))
	for n, gid := range i.Groups {
		groups[n] = uint32(gid)
	}
	list.prctl("keeping capabilities", unix.PR_SET_KEEPCAPS, 1)
	list.add("setting the groups", "", unix.SYS_SETGROUPS, len(groups), unsafe.Pointer(unsafe.SliceData(stowAll(list.ark, groups))))
	if gid := i.GID.Value; i.GID.Given {
		list.add("setting the gid", "", unix.SYS_SETRESGID, gid, gid, gid)
	}
	if uid := i.UID.Value; i.UID.Given {
		list.add("setting the uid", "", unix.SYS_SETRESUID, uid, uid, uid)
	}
}

// program is where the payload may be, in the order in which it is looked for,
// and what it is executed with.
type program struct {
	candidates []candidate
	missing    telling // the failure if there is none
	byPath     bool    // there is but one, and no other to look for
	argv, env  []*byte
}

// candidate is a path, and the failures to find and to execute it.
type candidate struct {
	path       *byte
	find, exec telling
}

// program looks the command up as execvp(3) does: a slash makes it a path,
// else the directories of the payload's PATH are tried.
func (c *Config) program(list *calls) (p program) {
	name := c.Argv[0]
	p.missing = list.telling(Failure{Step: StepFind, Object: name})
	p.byPath = strings.Contains(name, "/")
	for _, path := range lookup(name, c.Env) {
		p.candidates = append(p.candidates, candidate{
			path: list.text(path), find: list.telling(Failure{Step: StepFind, Object: path}),
			exec: list.telling(Failure{Step: StepExec, Object: path}),
		})
	}
	p.candidates = stowAll(list.ark, p.candidates)
	p.argv, p.env = list.texts(c.Argv), list.texts(c.Env)
	return p
}

func lookup(name string, env []string) (paths []string) {
	switch {
	case name == "":
		return nil
	case strings.Contains(name, "/"):
		return []string{name}
	}
	for _, dir := range strings.Split(searchPath(env), ":") {
		if dir == "" {
			dir = "."
		}
		paths = append(paths, dir+"/"+name)
	}
	return paths
}

func searchPath(env []string) string {
	for _, variable := range env {
		if path, ok := strings.CutPrefix(variable, "PATH="); ok {
			return path
		}
	}
	return "/usr/local/bin:/usr/bin:/bin" // execvp's own, of glibc's confstr
}

// execute becomes the payload: the first candidate that there is. It returns
// never.
//
//go:norace
//go:nosplit
func (p *process) execute() {
	said, why := p.program.missing, syscall.ENOENT
	for i := range p.program.candidates {
		c := &p.program.candidates[i]
		_, errno := sys(unix.SYS_EXECVE, uintptr(unsafe.Pointer(c.path)), uintptr(unsafe.Pointer(unsafe.SliceData(p.program.argv))), uintptr(unsafe.Pointer(unsafe.SliceData(p.program.env))), 0, 0, 0)
		switch {
		case p.exists(c.path) && errno != syscall.EACCES:
			p.leave(c.exec, errno) // ENOENT here is a script's interpreter that is missing
		case errno == syscall.EACCES || p.program.byPath:
			said, why = c.find, errno
		}
	}
	p.leave(said, why)
}

//go:norace
//go:nosplit
func (p *process) exists(path *byte) bool {
	_, errno := sys(unix.SYS_FACCESSAT, atCWD, uintptr(unsafe.Pointer(path)), unix.F_OK, 0, 0, 0)
	return errno == 0
}

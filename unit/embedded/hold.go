package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

// Hold is a hold on the machine's one embedded manager; the manager lives
// while anybody holds it, and a short while longer.
//
// The boot, once for all runs of root that come together:
//
//	launcher                    slimrun-supervisor           slimrun-manager
//	   | lock users (shared)
//	   | state locked? -> join, done
//	   | lock boot -> re-exec -----> | own session, stdio /dev/null
//	   |                             | lock state, clean leftovers
//	   |                             | make the root cgroup(s)
//	   |                             | clone: PID, mount, --------> | enter the cgroup
//	   |                             |        UTS, IPC              | cgroup namespace
//	   |                             |                              | its own view of the machine
//	   |                             | <-- closed, or the error --- | exec systemd
//	   |                             | <-- READY=1 (sd_notify) ----------- | slimrun.target
//	   | <------ ready, or the error | write state, unlock boot
//	   | ...runs...                  | wait: users lockable alone, or systemd dead
//	   | unlock users                | linger, kill, remove cgroups, unlock state
//
// Whether a manager lives is the kernel's word, not a file's: the supervisor
// holds a lock on the state file, and a lock dies with its holder. The manager
// dies with the supervisor (Pdeathsig), its runs with the manager (they are in
// its PID namespace).
type Hold struct {
	PID      int           // in the caller's PID namespace; 0 if not visible from here (slimrun inside slimrun)
	Socket   string        // its private D-Bus socket
	BootTime time.Duration // > 0 when this call booted it

	users     *os.File // the hold: a shared lock
	registry  registry
	namespace uint64 // inode of its PID namespace
}

// Join finds the running manager or boots one. Errors: not root, a
// registry that somebody else could write, no systemd installed, the step of
// the boot that failed, the deadline.
func Join(ctx context.Context) (*Hold, error) {
	hold, err := defaultRegistry().join(ctx)
	return hold, explainFull(err)
}

// Running is a hold on the manager that runs, nil where none does. Nothing is started
// or made for it. Errors: a registry that somebody else could write.
func Running() (*Hold, error) { return defaultRegistry().running() }

// running is Running in this registry.
func (r registry) running() (*Hold, error) {
	if _, err := os.Lstat(r.dir); err != nil {
		return nil, linux.IgnoreMissing(err)
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	users, err := r.open("users")
	if err != nil {
		return nil, err
	}
	// Where that is locked already, the last manager is ending.
	if unix.Flock(int(users.Fd()), unix.LOCK_SH|unix.LOCK_NB) == nil {
		if hold, ok := r.find(); ok {
			hold.users, hold.registry = users, r
			return hold, nil
		}
	}
	return nil, users.Close()
}

// join holds users first and looks second: who holds users is waited for, so
// a manager found alive after that stays. The boot lock lets one of many boot;
// the others find its manager when their turn comes.
func (r registry) join(ctx context.Context) (*Hold, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	users, err := r.hold(ctx)
	if err != nil {
		return nil, err
	}
	hold, err := r.findOrBoot(ctx)
	if err == nil && !r.reachable() {
		const end = "it ends with its last run, and the next boots another; `kill -KILL %d` ends it and all of them"
		err = problem.Errorf(fmt.Sprintf(end, hold.PID),
			"the embedded manager (process %d) cannot be reached: its socket %q was deleted", hold.PID, hold.Socket)
	}
	if err != nil {
		users.Close()
		return nil, err
	}
	hold.users, hold.registry = users, r
	return hold, nil
}

// reachable says whether the manager's socket is there: somebody may have deleted it.
func (r registry) reachable() bool { return unix.Access(r.socket(), unix.F_OK) == nil }

// findOrBoot finds the manager, or boots one where nobody else does meanwhile.
func (r registry) findOrBoot(ctx context.Context) (*Hold, error) {
	if hold, ok := r.find(); ok {
		return hold, nil
	}
	lock, err := r.lockBoot(ctx)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if hold, ok := r.find(); ok {
		return hold, nil
	}
	start := time.Now()
	if err := r.boot(ctx, lock); err != nil {
		return nil, fmt.Errorf("starting the embedded manager: %w", err)
	}
	hold, ok := r.find()
	if !ok {
		return nil, problem.Errorf("try again; "+r.logHint(), "the embedded manager was gone as soon as it was ready")
	}
	hold.BootTime = time.Since(start)
	return hold, nil
}

// find returns the living manager. Its PID counts only where /proc shows the
// same PID namespace under it: elsewhere the number is somebody else's.
func (r registry) find() (*Hold, bool) {
	s, ok := r.readState()
	if !ok {
		return nil, false
	}
	h := &Hold{PID: s.pid, Socket: r.socket(), namespace: s.namespace}
	if inode, err := pidNamespaceInode(h.namespacePath()); err == nil && inode == s.namespace && linux.Alive(s.pid) {
		return h, true
	}
	h.PID, ok = peerPID(h.Socket)
	return h, ok
}

// peerPID asks the kernel who listens on the socket: the PID as seen from
// here, 0 from a PID namespace below the manager's. False: nobody listens.
func peerPID(path string) (int, bool) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return 0, false
	}
	defer unix.Close(fd)
	switch err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err {
	case nil:
	case unix.EAGAIN: // alive, with a full queue
		return 0, true
	default:
		return 0, false
	}
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, false
	}
	return int(cred.Pid), true
}

func (h *Hold) namespacePath() string { return fmt.Sprintf("/proc/%d/ns/pid", h.PID) }

// PIDNamespace opens the manager's PID namespace: a held child must be born
// in it, for PIDs on the bus are the manager's own. Errors: the manager has
// died since, or is not visible from here.
func (h *Hold) PIDNamespace() (*os.File, error) {
	file, err := os.Open(h.namespacePath())
	if errors.Is(err, os.ErrPermission) {
		return nil, problem.Errorf("`setpriv --dump` shows what root has here; in a user namespace it has nothing of "+
			"what is outside", "the embedded manager (process %d) cannot be entered without CAP_SYS_PTRACE and "+
			"CAP_SYS_ADMIN over it: %w", h.PID, err)
	}
	if err != nil {
		return nil, problem.Errorf("try again: the next run boots another",
			"the embedded manager (process %d) is gone: %w", h.PID, err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil || st.Ino != h.namespace {
		file.Close()
		return nil, problem.Errorf("try again: the next run boots another",
			"the embedded manager is gone, process %d is another by now", h.PID)
	}
	return file, nil
}

// CloneCgroup opens the cgroup into which a held child must be cloned, nil where any
// will do: on v1, and inside another run, which is below the manager already.
func (h *Hold) CloneCgroup() (*os.File, error) {
	if h.PID == 0 || !cgroup.OnlyV2() {
		return nil, nil
	}
	t, err := h.registry.findTree()
	if err != nil || t.cloneDir() == "" {
		return nil, err
	}
	return os.OpenFile(t.cloneDir(), unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
}

// Top is the manager's root cgroup, in systemd's own hierarchy.
func (h *Hold) Top() (string, error) {
	t, err := h.registry.findTree()
	if err != nil {
		return "", err
	}
	return t.systemds(), nil
}

func pidNamespaceInode(path string) (uint64, error) {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	return st.Ino, err
}

// Close lets go of the hold. A second Close does nothing.
func (h *Hold) Close() error {
	if h.users == nil {
		return nil
	}
	err := h.users.Close()
	h.users = nil
	return err
}

// LogHint says where the manager's words are.
func (h *Hold) LogHint() string { return h.registry.logHint() }

// Turns is the file of the turns at the manager.
func (h *Hold) Turns() string { return h.registry.path("turns") }

// Proc is where a /proc is mounted that shows the manager's PID namespace.
func (h *Hold) Proc() string {
	if h.PID == 0 {
		return "/proc"
	}
	return fmt.Sprintf("/proc/%d/root/proc", h.PID)
}

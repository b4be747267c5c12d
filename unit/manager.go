package unit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/embedded"
	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/slurm"
	"github.com/slimrun/slimrun/unit/wire"
)

// Kind says which systemd holds a run's limits, or that Slurm does.
type Kind string

const (
	SystemKind   Kind = "system"
	UserKind     Kind = "user"
	EmbeddedKind Kind = "embedded"
	SlurmKind    Kind = "slurm" // no systemd: the step that slimrun is in
)

// booted is the directory that systemd as PID 1 makes early (sd_booted(3)).
const booted = "/run/systemd/system"

// DefaultKind is the manager a user gets without asking.
func DefaultKind(euid int) Kind { return Host{Root: "/", UID: euid}.kind() }

// ParseKind reads --manager; "" is the default. Errors: an unknown name.
func ParseKind(name string, euid int) (Kind, error) {
	switch kind := Kind(name); kind {
	case "":
		return DefaultKind(euid), nil
	case SystemKind, UserKind, EmbeddedKind, SlurmKind:
		return kind, nil
	}
	return "", fmt.Errorf("--manager %q: want system, user, embedded or slurm", name)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Manager is a systemd within reach. Open finds it, Dial connects to it.
type Manager struct {
	Kind     Kind
	sockets  []wire.Socket
	nested   bool   // it is in a PID namespace above this one
	queue    string // the file of turns
	turn     turn
	alone    turn // for setting a slice's limits
	embedded *embedded.Hold
	step     *slurm.Step // instead of all that: of no systemd
	bus      *connection
	untried  []wire.Socket // where Dial would go next
	failures []error       // where it has been
	mounts   func() (cgroup.Mounts, error)
}

// Open finds the manager, booting the embedded one if need be, and waits for
// its turn to talk to it, which ends with Hangup. Errors: none within reach,
// with what is missing and the command that mends it; the deadline.
func Open(ctx context.Context, kind Kind) (*Manager, error) {
	m, err := Find(ctx, kind)
	if err != nil {
		return nil, err
	}
	if err := m.Queue(ctx); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// Queue waits for the turn. Errors: the deadline.
func (m *Manager) Queue(ctx context.Context) (err error) {
	if m.step == nil {
		m.turn, err = takeTurn(ctx, m.queue)
	}
	return err
}

// Find is Open without the turn.
func Find(ctx context.Context, kind Kind) (*Manager, error) {
	switch kind {
	case SystemKind:
		return openSystem()
	case UserKind:
		return openUser(os.Geteuid(), os.Getenv("XDG_RUNTIME_DIR"))
	case SlurmKind:
		return openStep()
	}
	if os.Geteuid() != 0 {
		return nil, problem.Errorf("run it with sudo, or use --user",
			"the embedded manager needs root: it makes cgroups and namespaces of its own")
	}
	hold, err := embedded.Join(ctx)
	if err != nil {
		return nil, err
	}
	return ofEmbedded(hold), nil
}

func openSystem() (*Manager, error) {
	if !isDir(booted) {
		return nil, problem.Errorf("as root, slimrun starts one of its own: --manager embedded",
			"no systemd runs as this machine's PID 1 (%s is missing)", booted)
	}
	sockets := []wire.Socket{{Path: "/run/dbus/system_bus_socket", IsBus: true}}
	if os.Geteuid() == 0 {
		// Only uid 0 may use PID 1's private socket (src/core/dbus.c).
		sockets = append([]wire.Socket{{Path: "/run/systemd/private"}}, sockets...)
	}
	return &Manager{Kind: SystemKind, sockets: sockets, nested: outOfSight(), queue: "/run/slimrun/turns"}, nil
}

// openUser looks below XDG_RUNTIME_DIR, or below /run/user/UID where that is
// not set (su -, cron), and trusts neither before it has seen the owner.
func openUser(uid int, dir string) (*Manager, error) {
	if dir == "" {
		dir = filepath.Join("/run/user", strconv.Itoa(uid))
	}
	if err := checkRuntimeDir(uid, dir); err != nil {
		return nil, err
	}
	owner := uint32(uid)
	return &Manager{
		Kind: UserKind, nested: outOfSight(), queue: filepath.Join(dir, "slimrun.turns"),
		sockets: []wire.Socket{
			{Path: filepath.Join(dir, "systemd/private"), Owner: owner},
			{Path: filepath.Join(dir, "bus"), Owner: owner, IsBus: true},
		},
	}, nil
}

func checkRuntimeDir(uid int, dir string) error {
	var st unix.Stat_t
	err := unix.Lstat(dir, &st)
	if own := filepath.Join("/run/user", strconv.Itoa(uid)); err != nil && dir != own && isDir(own) {
		return problem.Errorf("unset XDG_RUNTIME_DIR, or set it to "+own, "XDG_RUNTIME_DIR %q: %w", dir, err)
	}
	if err != nil {
		return noUserManager(uid, fmt.Errorf("XDG_RUNTIME_DIR %q: %w", dir, err))
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR || st.Uid != uint32(uid) {
		return problem.Errorf(fmt.Sprintf("`su` and `sudo` keep another user's: unset XDG_RUNTIME_DIR, or set it "+
			"to /run/user/%d", uid),
			"XDG_RUNTIME_DIR %q belongs to uid %d, not to you (uid %d)", dir, st.Uid, uid)
	}
	return nil
}

// noUserManager is the error of a session that has none: su, sudo, cron.
func noUserManager(uid int, err error) error {
	if !isDir(booted) {
		return problem.Errorf("as root, and without --user, slimrun starts a systemd of its own",
			"no systemd runs on this machine, so no `systemd --user` does: %w", err)
	}
	return problem.Errorf(fmt.Sprintf("log in as %[1]s, at the console or by ssh: su, sudo and cron start none; or as "+
		"root: `loginctl enable-linger %[1]s`", Host{Root: "/", UID: uid}.UserName()),
		"no `systemd --user` runs for uid %d: %w", uid, err)
}

// PIDNamespace is the namespace in which a run's processes must be born, nil
// for the caller's own: PIDs on the bus are the manager's.
func (m *Manager) PIDNamespace() (*os.File, error) {
	if m.embedded == nil || m.embedded.PID == 0 {
		return nil, nil
	}
	return m.embedded.PIDNamespace()
}

// Gate is the cgroup in which a run's first process must be born, nil for the
// caller's own.
func (m *Manager) Gate() (*os.File, error) {
	if m.embedded == nil {
		return nil, nil
	}
	return m.embedded.Gate()
}

// Proc is where a /proc is mounted that shows the PID namespace in which a
// run's processes are born.
func (m *Manager) Proc() string {
	if m.embedded == nil {
		return "/proc"
	}
	return m.embedded.Proc()
}

// Close ends the connection and lets go of the embedded manager.
func (m *Manager) Close() error {
	m.Hangup()
	if m.embedded == nil {
		return nil
	}
	return m.embedded.Close()
}

// Hangup ends the connection alone, and the turn: a waiting run holds none.
func (m *Manager) Hangup() {
	m.turn.end()
	m.alone.end()
	m.turn, m.alone = turn{}, turn{}
	if m.bus != nil {
		m.bus.Close()
		m.bus = nil
	}
}

// OutOfSight says whether the manager is in a PID namespace above this
// process's, as inside another run. It then takes PID 0 for whoever opened the
// connection (bus_scope_set_transient_property), which must be the held child.
func (m *Manager) OutOfSight() bool { return m.nested || m.embedded != nil && m.embedded.PID == 0 }

// Inside is the socket that only a process in the manager's PID namespace may
// open, "" where anybody may: systemd takes no peer that it cannot see.
func (m *Manager) Inside() string {
	switch {
	case m.embedded != nil:
		return m.embedded.Socket
	case m.nested:
		return m.sockets[0].Path
	}
	return ""
}

// Greeting is what whoever opens the socket inside says at once, for Dial.
func Greeting() string { return wire.Greeting() }

// initialPIDNamespace is the machine's own (PROC_PID_INIT_INO).
const initialPIDNamespace = "pid:[4026531836]"

// outOfSight says whether systemd is in a PID namespace above this process's,
// as inside a run: a PID of here would be somebody else's there.
func outOfSight() bool {
	if here, err := os.Readlink("/proc/self/ns/pid"); err == nil && here == initialPIDNamespace {
		return false
	}
	name, err := os.ReadFile("/proc/1/comm")
	return err != nil || strings.TrimSpace(string(name)) != "systemd"
}

package unit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/embedded"
	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/wire"
)

// Find is Open without the turn.
func Find(ctx context.Context, kind Kind) (*Manager, error) {
	if err := ownProc("/proc"); err != nil {
		return nil, err
	}
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

// Reachable are the managers within reach, none of which is started for it: a user's
// own; for root the machine's, the embedded one, and its own `systemd --user`. The
// error is of one that should be there: a user's, or an embedded one that is not to be
// trusted; and of a /proc that is another's.
func Reachable() ([]*Manager, error) {
	if err := ownProc("/proc"); err != nil {
		return nil, err
	}
	own, err := openUser(os.Geteuid(), os.Getenv("XDG_RUNTIME_DIR"))
	if os.Geteuid() != 0 {
		if err != nil {
			return nil, err
		}
		return []*Manager{own}, nil
	}
	var all []*Manager
	if system, err := openSystem(); err == nil {
		all = append(all, system)
	}
	hold, failure := embedded.Running()
	if hold != nil {
		all = append(all, ofEmbedded(hold))
	}
	if err == nil && own.sockets[0].Exists() {
		all = append(all, own)
	}
	return all, failure
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

// ofEmbedded is the embedded manager. From a PID namespace below its own it sees
// whoever connects.
func ofEmbedded(hold *embedded.Hold) *Manager {
	m := &Manager{Kind: EmbeddedKind, embedded: hold, queue: hold.Turns()}
	if hold.PID == 0 {
		m.sockets = []wire.Socket{{Path: hold.Socket}}
	}
	return m
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

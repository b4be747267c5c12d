package unit

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/slimrun/slimrun/unit/embedded"
	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/slurm"
)

// Host is the machine as one user sees it; tests look at another one.
type Host struct {
	Root       string // "/"
	UID        int
	RuntimeDir string   // XDG_RUNTIME_DIR
	Systemd    []string // where systemd may be installed
}

// ThisHost is the one we are on.
func ThisHost() Host {
	return Host{Root: "/", UID: os.Geteuid(), RuntimeDir: os.Getenv("XDG_RUNTIME_DIR"), Systemd: embedded.Systemd()}
}

// Read returns a file of the host, trimmed; "" where it cannot be read.
func (h Host) Read(name string) string {
	content, _ := os.ReadFile(filepath.Join(h.Root, name))
	return strings.TrimSpace(string(content))
}

// Has says whether the host has a file.
func (h Host) Has(name string) bool {
	_, err := os.Stat(filepath.Join(h.Root, name))
	return err == nil
}

// UserName reads /etc/passwd without NSS, for messages; the number where it
// has none.
func (h Host) UserName() string {
	for line := range strings.Lines(h.Read("/etc/passwd")) {
		if fields := strings.Split(line, ":"); len(fields) > 2 && fields[2] == strconv.Itoa(h.UID) {
			return fields[0]
		}
	}
	return strconv.Itoa(h.UID)
}

// kind is the manager that this user gets without asking.
func (h Host) kind() Kind {
	_, inStep := slurm.StepOf(h.Read("/proc/self/cgroup"))
	switch {
	case inStep:
		return SlurmKind
	case h.UID != 0:
		return UserKind
	case h.Has(booted):
		return SystemKind
	}
	return EmbeddedKind
}

// Boot is the advice to boot the machine differently.
func (h Host) Boot(what string) string { return problem.Boot(h.Root, what) }

// Lingers says whether the user's manager outlives the user's sessions (logind's
// loginctl(1), enable-linger).
func (h Host) Lingers() bool {
	return h.UID == 0 || h.Has("/var/lib/systemd/linger/"+h.UserName())
}

package unit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/slimrun/slimrun/unit/embedded"
	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/slurm"
	"github.com/slimrun/slimrun/unit/wire"
)

// State is what a check found.
type State string

const (
	Works   State = "ok"
	Missing State = "missing" // something is not to be had; runs without it work
	Broken  State = "broken"  // the main job, a run under a memory limit, needs it
)

// Check is one thing that was looked at: what was found, and the command that
// mends it.
type Check struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"`
}

// failed is a check that found an error; its hint is the remedy.
func failed(name string, state State, err error) Check {
	return Check{
		Name: name, State: state, Found: strings.ReplaceAll(err.Error(), "\n", "; "),
		Remedy: problem.Remedy(err),
	}
}

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

// Examine looks at all that is systemd's and the kernel's.
func (h Host) Examine(ctx context.Context) []Check {
	checks := []Check{h.systemd(ctx), h.pid1()}
	managers, group := h.managers(ctx)
	checks = append(checks, managers...)
	checks = append(checks, h.cgroups())
	checks = append(checks, h.controllers(group)...)
	checks = append(checks, h.swap(), h.pressure())
	return append(checks, h.kernelFeatures()...)
}

// systemd finds what is installed; only the embedded manager needs it to be.
func (h Host) systemd(ctx context.Context) Check {
	state := Missing
	if h.kind() == EmbeddedKind {
		state = Broken
	}
	path, err := embedded.FindSystemd(h.Systemd)
	if err != nil {
		return failed("systemd", state, err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	output, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return failed("systemd", state, problem.Errorf("reinstall systemd", "%s --version: %w", path, err))
	}
	version, _, _ := strings.Cut(string(output), "\n")
	return Check{Name: "systemd", State: Works, Found: strings.TrimPrefix(version, "systemd ") + ", " + path}
}

func (h Host) pid1() Check {
	if h.Has(booted) {
		return Check{Name: "pid 1", State: Works, Found: "systemd"}
	}
	name := h.Read("/proc/1/comm")
	check := Check{
		Name: "pid 1", State: Missing,
		Found: fmt.Sprintf("%q, not systemd: as root, runs use the embedded manager", name),
	}
	if h.UID != 0 {
		check.Remedy = "run slimrun as root: it starts a systemd of its own"
	}
	return check
}

// managers tries each; the one that is this user's default must answer. The
// control group is that one's.
func (h Host) managers(ctx context.Context) (checks []Check, group string) {
	for _, kind := range []Kind{SystemKind, UserKind} {
		check, own := h.manager(ctx, kind)
		switch {
		case kind == h.kind():
			group = own
		case check.State == Broken:
			check.State = Missing
		}
		checks = append(checks, check)
	}
	return append(checks, h.embedded()), group
}

// manager dials all sockets of a manager, to tell which of them answer.
func (h Host) manager(ctx context.Context, kind Kind) (check Check, group string) {
	name := string(kind) + " manager"
	m, err := h.open(kind)
	if err != nil {
		return failed(name, Broken, err), ""
	}
	var answers []string
	var silent []error
	for _, s := range m.sockets {
		one := &Manager{Kind: kind, sockets: []wire.Socket{s}}
		own, err := one.controlGroup(ctx)
		if err != nil {
			silent = append(silent, err)
			continue
		}
		group = own
		answers = append(answers, s.Path)
	}
	if answers == nil {
		return failed(name, Broken, errors.Join(silent...)), ""
	}
	check = Check{Name: name, State: Works, Found: "answers at " + strings.Join(answers, " and ")}
	if kind == SystemKind && h.UID != 0 {
		check.Found += "; it takes scopes from root only"
		check.Remedy = "sudo slimrun, or --user"
	}
	return check, group
}

func (h Host) open(kind Kind) (*Manager, error) {
	if kind == UserKind {
		return openUser(h.UID, h.RuntimeDir)
	}
	return openSystem()
}

// controlGroup asks a manager for its own cgroup: it answers, so it lives.
func (m *Manager) controlGroup(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := m.Dial(ctx, nil); err != nil {
		return "", err
	}
	defer m.Hangup()
	if err := m.settle(ctx); err != nil {
		return "", err
	}
	value, err := m.bus.get(ctx, systemdPath, managerIface, "ControlGroup")
	group, _ := value.(string)
	return group, err
}

// embedded says whether one could be had; whether it works the probe shows.
func (h Host) embedded() Check {
	const name = "embedded manager"
	switch _, err := embedded.FindSystemd(h.Systemd); {
	case err != nil:
		state := Missing
		if h.kind() == EmbeddedKind {
			state = Broken
		}
		return failed(name, state, err)
	case h.UID != 0:
		return Check{name, Missing, "for root only: it makes cgroups of its own", "sudo slimrun --manager embedded"}
	case h.kind() != EmbeddedKind:
		return Check{Name: name, State: Works, Found: "can be had with --manager embedded"}
	}
	return Check{Name: name, State: Works, Found: "is the default here"}
}

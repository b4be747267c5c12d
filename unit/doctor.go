package unit

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/slimrun/slimrun/unit/embedded"
	"github.com/slimrun/slimrun/unit/problem"
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

// Failed is a check that found an error.
func Failed(name string, state State, err error) Check {
	return Check{
		Name: name, State: state, Found: strings.ReplaceAll(err.Error(), "\n", "; "),
		Remedy: problem.Remedy(err),
	}
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
		return Failed("systemd", state, err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	output, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return Failed("systemd", state, problem.Errorf("reinstall systemd", "%s --version: %w", path, err))
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
		return Failed(name, Broken, err), ""
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
		return Failed(name, Broken, errors.Join(silent...)), ""
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
		return Failed(name, state, err)
	case h.UID != 0:
		return Check{name, Missing, "for root only: it makes cgroups of its own", "sudo slimrun --manager embedded"}
	case h.kind() != EmbeddedKind:
		return Check{Name: name, State: Works, Found: "can be had with --manager embedded"}
	}
	return Check{Name: name, State: Works, Found: "is the default here"}
}

package detach

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/dial"
	"github.com/slimrun/slimrun/launcher/plan"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/problem"
)

// place puts the waiting slimrun into a scope of its own, so that neither a logout nor
// the end of the caller's service takes it, and the run with it.
func place(ctx context.Context, m *unit.Manager, run string, pid int) error {
	if m.OutOfSight() {
		return nil
	}
	if err := dial.Manager(ctx, m); err != nil {
		return err
	}
	scope := unit.Scope{
		Name: plan.WaitingUnit(run, pid), PID: pid, Properties: plan.WaitingProperties(run, m.Kind),
	}
	if m.Kind == unit.EmbeddedKind {
		// That manager does not see it. One that it sees goes first, and ends when the
		// other is there.
		seed, err := hold(m)
		if err != nil {
			return err
		}
		defer seed.Kill()
		scope.PID = seed.PID
	}
	if err := m.StartScope(ctx, scope, func() {}); err != nil {
		return err
	}
	if err := m.Bring(ctx, scope.Name, pid); err != nil {
		_ = m.StopScope(ctx, scope.Name) // who got half of the way keeps it from going by itself
		return err
	}
	return nil
}

// hold is a process in the manager's PID namespace: a held child that is never let go.
func hold(m *unit.Manager) (*nsinit.Held, error) {
	parent, err := m.PIDNamespace()
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	into, err := m.CloneCgroup()
	if err != nil {
		return nil, err
	}
	defer into.Close() // nil is fine
	clone := nsinit.Clone{PIDParent: parent, Cgroup: into, Proc: m.Proc()}
	return nsinit.Hold(clone, &nsinit.Config{Argv: []string{"true"}})
}

// warn says what a detached run will not outlive.
func warn(m *unit.Manager, run string, out console.Console) {
	host := unit.ThisHost()
	switch {
	case m.OutOfSight():
		out.Warn(fmt.Errorf("%s will end with the run that slimrun is in", strings.TrimSuffix(run, ".scope")))
	case m.Kind == unit.UserKind && !host.Lingers():
		out.Warn(problem.Of(errors.New("the run ends when you log out: your manager does not linger"),
			"`loginctl enable-linger`; as root where that is refused: `loginctl enable-linger "+host.UserName()+"`"))
	}
}

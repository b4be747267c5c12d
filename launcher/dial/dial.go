// Package dial opens the socket of a manager that only a process in that manager's
// own PID namespace may open: unit knows the manager, nsinit the namespace, and the
// two do not know each other.
//
// When not to use it: for a launch, whose held child may have to be the one that
// connects; launcher does that.
package dial

import (
	"context"
	"os"

	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
)

// Inside opens the manager's socket from inside its PID namespace, nil where it can be
// opened from here.
func Inside(m *unit.Manager) (*os.File, error) {
	parent, err := m.PIDNamespace()
	if err != nil || parent == nil {
		return nil, err
	}
	defer parent.Close()
	return nsinit.Connect(parent, m.Inside(), unit.Greeting())
}

// Manager connects to a manager, wherever it is.
func Manager(ctx context.Context, m *unit.Manager) error {
	inside, err := Inside(m)
	if err != nil {
		return err
	}
	return m.Dial(ctx, inside)
}

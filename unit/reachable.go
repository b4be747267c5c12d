package unit

import (
	"os"

	"github.com/slimrun/slimrun/unit/embedded"
	"github.com/slimrun/slimrun/unit/wire"
)

// Reachable are the managers within reach, none of which is started for it: a user's
// own; for root the machine's, the embedded one, and its own `systemd --user`. The
// error is of one that should be there: a user's, or an embedded one that is not to be
// trusted.
func Reachable() ([]*Manager, error) {
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

// ofEmbedded is the embedded manager. From a PID namespace below its own it sees
// whoever connects.
func ofEmbedded(hold *embedded.Hold) *Manager {
	m := &Manager{Kind: EmbeddedKind, embedded: hold, queue: hold.Turns()}
	if hold.PID == 0 {
		m.sockets = []wire.Socket{{Path: hold.Socket}}
	}
	return m
}

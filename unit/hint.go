package unit

import "fmt"

// silentHint is what to do about a manager that does not answer.
func (m *Manager) silentHint() string {
	const asleep = "is it stopped or overloaded? "
	switch {
	case m.Kind == UserKind:
		return asleep + "`systemctl --user status` should answer at once"
	case m.embedded == nil:
		return asleep + "`systemctl status` should answer at once"
	case m.embedded.PID == 0:
		return asleep + "outside of this run `kill -CONT` lets it go on"
	}
	return fmt.Sprintf("%s`kill -CONT %d` lets it go on", asleep, m.embedded.PID)
}

// jobHint tells where to look. From outside of its own cgroup a user's manager
// has PID 1 move the process, over the system bus, to which it connects once.
func (m *Manager) jobHint() string {
	switch {
	case m.Kind == UserKind:
		return "`journalctl --user -b` says why; after a restart of the system bus, `systemctl --user " +
			"daemon-reexec` finds it again"
	case m.embedded != nil:
		return m.embedded.LogHint()
	}
	return "`journalctl -b` says why"
}

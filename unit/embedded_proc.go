package unit

import "fmt"

// Proc is where a /proc is mounted that shows the PID namespace in which a
// run's processes are born.
func (m *Manager) Proc() string {
	if m.embedded == nil || m.embedded.PID == 0 {
		return "/proc"
	}
	return fmt.Sprintf("/proc/%d/root/proc", m.embedded.PID)
}

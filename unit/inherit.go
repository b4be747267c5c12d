package unit

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/slimrun/slimrun/unit/embedded"
)

// Slice is the slice of the unit that slimrun runs in, which a run inside shares;
// "" where that is the manager's usual one, or of sessions and machines, or where
// the caller is another manager's.
func (m *Manager) Slice(c *Caller) string {
	own, ok := m.below(c.own.Path)
	if !ok || m.step != nil {
		return ""
	}
	slice := ""
	for _, name := range strings.Split(strings.TrimPrefix(own, "/"), "/") {
		if !strings.HasSuffix(name, ".slice") {
			break
		}
		slice = name
	}
	top, _, _ := strings.Cut(strings.TrimSuffix(slice, ".slice"), "-")
	if slices.Contains([]string{"system", "user", "machine", "app", "session", "background", ""}, top) {
		return ""
	}
	return slice
}

// NestIn is a name for a slice of a run's own, in another or in none.
func NestIn(slice string) string {
	name := fmt.Sprintf("nest%016x.slice", rand.Uint64())
	if slice == "" {
		return name
	}
	return strings.TrimSuffix(slice, ".slice") + "-" + name
}

// below is a cgroup's path below the manager's own.
func (m *Manager) below(own string) (string, bool) {
	switch m.Kind {
	case UserKind:
		return after(own, func(name string) bool { return name == fmt.Sprintf("user@%d.service", os.Geteuid()) })
	case EmbeddedKind:
		return after(own, embedded.IsTree)
	}
	_, user := after(own, func(name string) bool { return strings.HasPrefix(name, "user@") })
	return own, !user
}

// after cuts a path behind the last name that is so.
func after(own string, is func(name string) bool) (string, bool) {
	names := strings.Split(own, "/")
	for i := len(names) - 1; i >= 0; i-- {
		if is(names[i]) {
			return strings.Join(names[i+1:], "/"), true
		}
	}
	return "", false
}

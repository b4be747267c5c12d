package unit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/slimrun/slimrun/unit/cgroup"
)

// mark begins the description of every run's scope. By it one call tells them from
// other scopes: ListUnits gives each unit's name, description and state, and no
// property beside.
const mark = "slimrun "

// Describe makes a run's description of a text. D-Bus strings are UTF-8 without NUL.
func Describe(text string) string { return mark + text }

// Listed is a run as its manager lists it.
type Listed struct {
	Unit     string // with .scope
	Text     string // what was described: the command, mostly
	Stopping bool
}

// Runs lists the runs of the manager, by one call. Errors: its silence, the deadline.
func (m *Manager) Runs(ctx context.Context) ([]Listed, error) {
	body, err := m.call(ctx, ask("ListUnitsByPatterns", []string{}, []string{"*.scope"}))
	if err != nil {
		return nil, fmt.Errorf("listing the units of the %s manager: %w", m.Kind, err)
	}
	var units []listedUnit
	if err := dbus.Store(body, &units); err != nil {
		return nil, fmt.Errorf("listing the units of the %s manager: %w", m.Kind, err)
	}
	return runsAmong(units), nil
}

// listedUnit is an element of ListUnitsByPatterns's a(ssssssouso).
type listedUnit struct {
	Name, Description, Load, Active, Sub, Following string
	Path                                            dbus.ObjectPath
	Job                                             uint32
	JobKind                                         string
	JobPath                                         dbus.ObjectPath
}

// runsAmong leaves out scopes that are not slimrun's, and those that have ended.
func runsAmong(units []listedUnit) (runs []Listed) {
	for _, u := range units {
		text, ours := strings.CutPrefix(u.Description, mark)
		if !ours || !slices.Contains([]string{"active", "activating", "deactivating"}, u.Active) {
			continue
		}
		runs = append(runs, Listed{Unit: u.Name, Text: text, Stopping: u.Active == "deactivating"})
	}
	slices.SortFunc(runs, func(a, b Listed) int { return strings.Compare(a.Unit, b.Unit) })
	return runs
}

// Scopes are the directories of the manager's scopes in systemd's own hierarchy, by
// unit, as the kernel has them: no call for each.
func (m *Manager) Scopes(ctx context.Context) (map[string]string, error) {
	top, err := m.Top(ctx)
	if err != nil {
		return nil, err
	}
	return cgroup.ScopesBelow(top), nil
}

// CgroupAt is the cgroup of a directory that Scopes named, and the processes in it, as
// far as they can be seen from here.
func (m *Manager) CgroupAt(dir string) (cgroup.Cgroup, []int) { return cgroup.At(dir, m.hierarchies) }

// Deserted says whether nobody is in a scope any more. systemd may not have seen that
// yet: the kernel tells of it once in 10 ms (CGROUP_FILE_NOTIFY_MIN_INTV).
func (m *Manager) Deserted(ctx context.Context, unit string) bool {
	dirs, err := m.Scopes(ctx)
	return err == nil && (dirs[unit] == "" || m.DesertedAt(dirs[unit]))
}

// DesertedAt is Deserted of such a directory.
func (m *Manager) DesertedAt(dir string) bool {
	return cgroup.Deserted(dir) && !(m.Blind() && isDir(dir))
}

// Blind says whether a cgroup that shows nobody may hold somebody all the same: from a PID
// namespace below the manager's, as inside a run, v1 leaves out whom v2 gives as 0.
func (m *Manager) Blind() bool { return m.OutOfSight() && !cgroup.OnlyV2() }

// Top is the directory of the manager's own cgroup, which holds all of its slices.
func (m *Manager) Top(ctx context.Context) (string, error) {
	if m.embedded != nil {
		return m.embedded.Top()
	}
	value, err := m.bus.get(ctx, systemdPath, managerIface, "ControlGroup")
	group, ok := value.(string)
	if err == nil && !ok {
		err = errors.New("it is no text")
	}
	if err != nil {
		return "", fmt.Errorf("finding the cgroup of the %s manager: %w", m.Kind, err)
	}
	return cgroup.Directory(strings.TrimSuffix(group, "/init.scope"), m.hierarchies)
}

// Within says whether a process is in the cgroup of such a directory, or in one below.
func (m *Manager) Within(dir string, pid int) bool { return cgroup.Within(dir, pid, m.hierarchies) }

// Door is the way to where a process of such a directory is, which must be where
// another is or below.
func (m *Manager) Door(pid, within int) (*cgroup.Door, error) {
	return cgroup.OpenDoor(pid, within, m.hierarchies)
}

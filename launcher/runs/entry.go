package runs

import (
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
)

// Entry is a run in a list: what tables show, and as JSON, with the report's names for
// what the report has. null: it is not known, or the kernel gives no such figure.
type Entry struct {
	Name        string           `json:"name"`
	Unit        string           `json:"unit"`
	Manager     unit.Kind        `json:"manager"`
	Cgroup      *string          `json:"cgroup"`
	Description string           `json:"description"`
	Command     []string         `json:"command"`
	Started     *time.Time       `json:"started"`
	State       State            `json:"state"`
	Outcome     *string          `json:"outcome"` // of one that has ended, where that is known
	ExitCode    *int             `json:"exit_code"`
	Limits      map[string]Limit `json:"limits"`
	Usage       Use              `json:"usage"`
	OOM         Kills            `json:"oom"`
}

// Limit is what the kernel says of one, null for none.
type Limit struct {
	Kernel *string `json:"kernel"`
}

// Use is what a run takes now; of the CPU, what it has had of one since it began.
type Use struct {
	Wall       *int64   `json:"wall_usec"`
	CPU        *uint64  `json:"cpu_usec"`
	CPUPercent *float64 `json:"cpu_percent"`
	Memory     *uint64  `json:"memory_bytes"`
	Swap       *uint64  `json:"swap_bytes"`
	Pids       *uint64  `json:"pids"`
	MemoryPeak *uint64  `json:"memory_peak_bytes,omitempty"` // of one that has ended
	PidsPeak   *uint64  `json:"pids_peak,omitempty"`
	Waits      Waits    `json:"waits_percent,omitempty"` // where it is looked at again and again
}

// Waits are the shares of the time in which some of a run waited for cpu, memory and io.
type Waits map[string]*float64

// Kills are those of the kernel's killer.
type Kills struct {
	Kills *uint64 `json:"kills"`
}

// Entry looks at a run.
func (r Run) Entry(now time.Time) Entry {
	if r.Manager == nil {
		return r.recorded()
	}
	return r.entry(r.Look(), now)
}

func (r Run) entry(s Sight, now time.Time) Entry {
	e := Entry{
		Name: r.Name, Unit: r.Unit(), Manager: r.Manager.Kind, Description: r.Text, State: s.State,
		Command: append([]string{}, s.Command()...),
		Limits: map[string]Limit{
			limit.Memory.Flag: {numeral(s.MemoryMax)},
			limit.Pids.Flag:   {numeral(s.PidsMax)},
		},
		Usage: Use{CPU: s.CPU, Memory: s.Memory, Swap: s.Swap, Pids: s.Pids},
		OOM:   Kills{s.Kills},
	}
	if s.Cgroup.Path != "" {
		group := path.Clean(s.Cgroup.Path)
		e.Cgroup = &group
	}
	if !s.Started.IsZero() {
		e.Started = &s.Started
		e.Usage.wall(now.Sub(s.Started))
	}
	return e
}

// recorded is what a record says of a run that has ended, is about to, or has not begun.
func (r Run) recorded() Entry {
	e := Entry{Name: r.Name, Unit: r.Unit(), State: r.state(cgroup.Now{}), Command: []string{}}
	if started, err := r.Record.Started(); err == nil {
		e.Manager, e.Started = unit.Kind(started.Manager), &started.Time
		e.Command = started.Command()
	}
	if e.State != Ended {
		return e
	}
	if json.Unmarshal(r.Record.Report(), &e) == nil {
		e.Usage.percent()
	}
	return e
}

func (u *Use) wall(wall time.Duration) {
	usec := max(wall.Microseconds(), 1)
	u.Wall = &usec
	u.percent()
}

func (u *Use) percent() {
	if u.CPU != nil && u.Wall != nil && *u.Wall > 0 {
		percent := float64(*u.CPU) / float64(*u.Wall) * 100
		u.CPUPercent = &percent
	}
}

func numeral(n *uint64) *string {
	if n == nil {
		return nil
	}
	text := strconv.FormatUint(*n, 10)
	return &text
}

// Names are those of all.
func Names(all []Entry) (names []string) {
	for _, e := range all {
		names = append(names, e.Name)
	}
	return names
}

// Sort puts the newest first.
func Sort(all []Entry) {
	slices.SortStableFunc(all, func(a, b Entry) int {
		if order := b.age().Compare(a.age()); order != 0 {
			return order
		}
		return cmp.Compare(a.Name, b.Name)
	})
}

func (e Entry) age() time.Time {
	if e.Started == nil {
		return time.Time{}
	}
	return *e.Started
}

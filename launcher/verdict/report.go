package verdict

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
)

// Report is the JSON of --report, schema slimrun.report/1. A figure that the
// kernel does not give is null.
type Report struct {
	Schema    string                  `json:"schema"`
	Name      string                  `json:"name"`
	Unit      *string                 `json:"unit"`
	Manager   unit.Kind               `json:"manager"`
	Cgroup    *string                 `json:"cgroup"`
	Slurm     *SlurmReport            `json:"slurm,omitempty"`
	Command   []string                `json:"command"`
	Started   string                  `json:"started"`
	Outcome   Outcome                 `json:"outcome"`
	ExitCode  int                     `json:"exit_code"`
	Signal    *int                    `json:"signal"`
	Error     *string                 `json:"error"`
	Limits    map[string]LimitReport  `json:"limits"`
	Slice     *SliceReport            `json:"slice,omitempty"`
	OnTopOf   map[string]BesideReport `json:"on_top_of,omitempty"`
	Usage     UsageReport             `json:"usage"`
	OOM       OOMReport               `json:"oom"`
	Felt      map[string]FeltReport   `json:"felt"`
	Attempts  []Attempt               `json:"attempts,omitempty"`
	Pressures []Pressure              `json:"pressure_events,omitempty"`
	LogError  *string                 `json:"log_error,omitempty"` // of a detached run: why its log may lack its end
	Samples   sample.Series           `json:"samples,omitempty"`   // in what is kept: the history, and a detached run's
}

// FeltReport is of a limit that was felt: one of the two.
type FeltReport struct {
	Times *uint64  `json:"times,omitempty"`
	Share *float64 `json:"share,omitempty"`
}

// LimitReport is one limit, and what the kernel said of it.
type LimitReport struct {
	Property string  `json:"property"`
	Asked    string  `json:"asked"`
	Kernel   *string `json:"kernel"`
	Proven   bool    `json:"proven"`
	Changed  bool    `json:"changed,omitempty"` // by somebody else, since the start: the kernel's value is the one now
}

// BesideReport is a limit around slimrun that does not hold the run as well: what
// the run takes comes on top of what is taken there.
type BesideReport struct {
	Cgroup string `json:"cgroup"`
	Limit  string `json:"limit"`
}

// SlurmReport is there only for a run in a step of Slurm's, whose limits all of its tasks
// on the node share.
type SlurmReport struct {
	Job   string `json:"job"`
	Step  string `json:"step"`
	Task  string `json:"task"`
	Tasks int    `json:"tasks_sharing"` // this one among them
}

// SliceReport is there only where the run's slice was given limits.
type SliceReport struct {
	Name   string                 `json:"name"`
	Limits map[string]LimitReport `json:"limits"`
}

// UsageReport is what the run took.
type UsageReport struct {
	Wall       int64                      `json:"wall_usec"`
	CPU        *uint64                    `json:"cpu_usec"`
	CPUUser    *uint64                    `json:"cpu_user_usec"`
	CPUSystem  *uint64                    `json:"cpu_system_usec"`
	Throttled  *uint64                    `json:"throttled_usec"`
	MemoryPeak *uint64                    `json:"memory_peak_bytes"`
	SwapPeak   *uint64                    `json:"swap_peak_bytes"`
	WorkingSet *uint64                    `json:"working_set_bytes"`
	PidsPeak   *uint64                    `json:"pids_peak"`
	Refused    *uint64                    `json:"forks_refused"`
	IORead     *uint64                    `json:"io_read_bytes"`
	IOWrite    *uint64                    `json:"io_write_bytes"`
	Pressure   map[string]*PressureReport `json:"pressure"`
}

// PressureReport is how long some or all of the run waited.
type PressureReport struct {
	Some *uint64 `json:"some_usec"`
	Full *uint64 `json:"full_usec"`
}

// OOMReport counts events of memory.
type OOMReport struct {
	Kills  *uint64 `json:"kills"`
	Max    *uint64 `json:"max_events"`
	High   *uint64 `json:"high_events"`
	Whose  *string `json:"whose"`       // own, above, inside, machine: the limit that was the last kill's reason
	Cgroup *string `json:"cgroup"`      // that has it
	Limit  *uint64 `json:"limit_bytes"` // of that
}

// newOOMReport: whose limit it was is null without a kill, and where it is unknown.
func newOOMReport(v Verdict) OOMReport {
	r := OOMReport{Kills: v.OOM.Kills, Max: v.OOM.Max, High: v.OOM.High}
	if by := v.Culprit; v.KilledForMemory() > 0 && by.Whose != cgroup.Unknown {
		r.Whose, r.Cgroup, r.Limit = textOrNil(by.Whose.String()), textOrNil(by.Path), by.Limit
	}
	return r
}

// NewReport is the report of a verdict.
func NewReport(v Verdict) Report {
	r := Report{
		Schema: "slimrun.report/1", Name: strings.TrimSuffix(v.Unit, ".scope"),
		Unit: textOrNil(v.Unit), Manager: v.Manager, Cgroup: textOrNil(v.Cgroup),
		Command: append([]string{}, v.Command...), Started: v.Started.UTC().Format(time.RFC3339Nano),
		Outcome: v.Outcome, ExitCode: v.Status,
		Usage: newUsageReport(v), OOM: newOOMReport(v),
		Felt: feltReports(v.Felt()), Attempts: v.Attempts, Pressures: v.Pressures,
	}
	if step := v.Step; step != nil {
		r.Unit = nil // it is none of systemd's
		r.Slurm = &SlurmReport{step.Job, step.Name, step.Task, v.Tasks}
	}
	if v.Signal != 0 {
		number := int(v.Signal)
		r.Signal = &number
	}
	if v.Err != nil {
		text := v.Err.Error()
		r.Error = &text
	}
	if v.LogErr != nil {
		text := v.LogErr.Error()
		r.LogError = &text
	}
	r.Limits = limitReports(v.Proofs)
	if v.SliceProofs != nil {
		r.Slice = &SliceReport{v.Slice, limitReports(v.SliceProofs)}
	}
	for _, asked := range v.Beside {
		if r.OnTopOf == nil {
			r.OnTopOf = map[string]BesideReport{}
		}
		r.OnTopOf[asked.Row.Flag] = BesideReport{asked.Cgroup, asked.Text}
	}
	return r
}

func limitReports(proofs []unit.Proof) map[string]LimitReport {
	limits := map[string]LimitReport{}
	for _, proof := range proofs {
		limits[proof.Asked.Row.Flag] = LimitReport{
			proof.Asked.Property().Name, proof.Asked.Text,
			textOrNil(proof.Kernel), proof.Proven, proof.Changed,
		}
	}
	return limits
}

func feltReports(all []Felt) map[string]FeltReport {
	felt := map[string]FeltReport{}
	for _, f := range all {
		one := FeltReport{Times: &f.Times}
		if f.Share > 0 {
			share := math.Round(f.Share*1000) / 1000
			one = FeltReport{Share: &share}
		}
		felt[f.Row.Flag] = one
	}
	return felt
}

func textOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func newUsageReport(v Verdict) UsageReport {
	u := UsageReport{
		Wall: v.Wall.Microseconds(), CPU: v.Usage.CPU, CPUUser: v.Usage.CPUUser, CPUSystem: v.Usage.CPUSystem,
		Throttled: v.Usage.Throttled, MemoryPeak: v.Usage.MemoryPeak, SwapPeak: v.Usage.SwapPeak,
		PidsPeak: v.Usage.PidsPeak, Refused: v.Forks.Refused, IORead: v.Usage.IORead, IOWrite: v.Usage.IOWrite,
		Pressure: map[string]*PressureReport{"cpu": nil, "memory": nil, "io": nil},
	}
	if peak, seen := v.Samples.Peak(); seen {
		u.WorkingSet = &peak
	}
	for resource, pressure := range v.Usage.Pressure {
		if pressure != nil {
			u.Pressure[resource] = &PressureReport{pressure.Some, pressure.Full}
		}
	}
	return u
}

// points of a run are kept: a picture of it is readable by them, and a line short.
const points = 100

// Remembered is the report that is kept of a run: with what was seen of it meanwhile,
// where anybody looked.
func Remembered(v Verdict) Report {
	report := NewReport(v)
	report.Samples = v.Samples.Thin(points)
	return report
}

// Prepare writes a report for nobody, in a moment in which there is nothing to do: the first
// one takes 0.3 ms, for encoding/json to learn its types and for memory that is touched for
// the first time.
func Prepare() { NewReport(Verdict{}).Line() }

// ReportLine is the report as one line of JSON.
func ReportLine(v Verdict) ([]byte, error) { return NewReport(v).Line() }

// Line is it as one line of JSON.
func (r Report) Line() ([]byte, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("putting the report together: %w", err)
	}
	return append(line, '\n'), nil
}

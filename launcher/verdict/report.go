package verdict

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
)

// report is the JSON of --report, schema slimrun.report/1. A figure that the
// kernel does not give is null.
type report struct {
	Schema   string                  `json:"schema"`
	Name     string                  `json:"name"`
	Unit     *string                 `json:"unit"`
	Manager  unit.Kind               `json:"manager"`
	Cgroup   *string                 `json:"cgroup"`
	Command  []string                `json:"command"`
	Started  string                  `json:"started"`
	Outcome  Outcome                 `json:"outcome"`
	ExitCode int                     `json:"exit_code"`
	Signal   *int                    `json:"signal"`
	Error    *string                 `json:"error"`
	Limits   map[string]limitReport  `json:"limits"`
	Slice    *sliceReport            `json:"slice,omitempty"`
	OnTopOf  map[string]besideReport `json:"on_top_of,omitempty"`
	Usage    usageReport             `json:"usage"`
	OOM      oomReport               `json:"oom"`
}

type limitReport struct {
	Property string  `json:"property"`
	Asked    string  `json:"asked"`
	Kernel   *string `json:"kernel"`
	Proven   bool    `json:"proven"`
}

// besideReport is a limit around slimrun that does not hold the run as well: what
// the run takes comes on top of what is taken there.
type besideReport struct {
	Cgroup string `json:"cgroup"`
	Limit  string `json:"limit"`
}

// sliceReport is there only where the run's slice was given limits.
type sliceReport struct {
	Name   string                 `json:"name"`
	Limits map[string]limitReport `json:"limits"`
}

type usageReport struct {
	Wall       int64                      `json:"wall_usec"`
	CPU        *uint64                    `json:"cpu_usec"`
	CPUUser    *uint64                    `json:"cpu_user_usec"`
	CPUSystem  *uint64                    `json:"cpu_system_usec"`
	Throttled  *uint64                    `json:"throttled_usec"`
	MemoryPeak *uint64                    `json:"memory_peak_bytes"`
	SwapPeak   *uint64                    `json:"swap_peak_bytes"`
	PidsPeak   *uint64                    `json:"pids_peak"`
	IORead     *uint64                    `json:"io_read_bytes"`
	IOWrite    *uint64                    `json:"io_write_bytes"`
	Pressure   map[string]*pressureReport `json:"pressure"`
}

type pressureReport struct {
	Some *uint64 `json:"some_usec"`
	Full *uint64 `json:"full_usec"`
}

type oomReport struct {
	Kills  *uint64 `json:"kills"`
	Max    *uint64 `json:"max_events"`
	High   *uint64 `json:"high_events"`
	Whose  *string `json:"whose"`       // own, above, inside, machine: the limit that was the last kill's reason
	Cgroup *string `json:"cgroup"`      // that has it
	Limit  *uint64 `json:"limit_bytes"` // of that
}

// newOOMReport: whose limit it was is null without a kill, and where it is unknown.
func newOOMReport(v Verdict) oomReport {
	r := oomReport{Kills: v.OOM.Kills, Max: v.OOM.Max, High: v.OOM.High}
	if by := v.Culprit; v.KilledForMemory() > 0 && by.Whose != cgroup.Unknown {
		r.Whose, r.Cgroup, r.Limit = textOrNil(by.Whose.String()), textOrNil(by.Path), by.Limit
	}
	return r
}

func newReport(v Verdict) report {
	r := report{
		Schema: "slimrun.report/1", Name: strings.TrimSuffix(v.Unit, ".scope"),
		Unit: textOrNil(v.Unit), Manager: v.Manager, Cgroup: textOrNil(v.Cgroup),
		Command: append([]string{}, v.Command...), Started: v.Started.Format(time.RFC3339Nano),
		Outcome: v.Outcome, ExitCode: v.Status,
		Usage: newUsageReport(v), OOM: newOOMReport(v),
	}
	if v.Signal != 0 {
		number := int(v.Signal)
		r.Signal = &number
	}
	if v.Err != nil {
		text := v.Err.Error()
		r.Error = &text
	}
	r.Limits = limitReports(v.Proofs)
	if v.SliceProofs != nil {
		r.Slice = &sliceReport{v.Slice, limitReports(v.SliceProofs)}
	}
	for _, asked := range v.Beside {
		if r.OnTopOf == nil {
			r.OnTopOf = map[string]besideReport{}
		}
		r.OnTopOf[asked.Row.Flag] = besideReport{asked.Cgroup, asked.Text}
	}
	return r
}

func limitReports(proofs []unit.Proof) map[string]limitReport {
	limits := map[string]limitReport{}
	for _, proof := range proofs {
		limits[proof.Asked.Row.Flag] = limitReport{
			proof.Asked.Property().Name, proof.Asked.Text,
			textOrNil(proof.Kernel), proof.Proven,
		}
	}
	return limits
}

func textOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func newUsageReport(v Verdict) usageReport {
	u := usageReport{
		Wall: v.Wall.Microseconds(), CPU: v.Usage.CPU, CPUUser: v.Usage.CPUUser, CPUSystem: v.Usage.CPUSystem,
		Throttled: v.Usage.Throttled, MemoryPeak: v.Usage.MemoryPeak, SwapPeak: v.Usage.SwapPeak,
		PidsPeak: v.Usage.PidsPeak, IORead: v.Usage.IORead, IOWrite: v.Usage.IOWrite,
		Pressure: map[string]*pressureReport{"cpu": nil, "memory": nil, "io": nil},
	}
	for resource, pressure := range v.Usage.Pressure {
		if pressure != nil {
			u.Pressure[resource] = &pressureReport{pressure.Some, pressure.Full}
		}
	}
	return u
}

// WriteReport writes the verdict as one line of JSON to PATH, "-" (stdout) or
// "fd:N". Errors name the target; they change no exit status.
func WriteReport(target string, v Verdict) error {
	line, err := json.Marshal(newReport(v))
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	out, err := openReport(target)
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if _, err := out.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("writing the report to %q: %w", target, err)
	}
	return out.Close()
}

func openReport(target string) (io.WriteCloser, error) {
	if target == "-" {
		return os.Stdout, nil
	}
	if number, ok := strings.CutPrefix(target, "fd:"); ok {
		fd, err := strconv.Atoi(number)
		if err != nil {
			return nil, err
		}
		return os.NewFile(uintptr(fd), target), nil
	}
	return os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
}

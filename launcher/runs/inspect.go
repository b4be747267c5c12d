package runs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/record"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/linux"
)

// standing is the report of a run as it would be now, but for its end, and what it was
// started with.
type standing struct {
	verdict.Report
	Outcome  *string         `json:"outcome"`
	ExitCode *int            `json:"exit_code"`
	State    State           `json:"state"`
	Init     *int            `json:"init_pid"`
	Launcher *int            `json:"slimrun_pid"`
	With     *record.Started `json:"started_with"`
}

// Inspect is the report of a run as JSON, and what it was started with. Errors: nothing
// is known of it any more.
func (r Run) Inspect(ctx context.Context) ([]byte, error) {
	if r.Manager == nil {
		return r.inspectRecord()
	}
	s := r.Look()
	v := verdict.Verdict{
		Command: s.Command(), Unit: r.Unit(), Manager: r.Manager.Kind, Cgroup: s.Cgroup.Path, Started: s.Started,
		Wall: time.Since(s.Started), Usage: s.Cgroup.Usage(), OOM: s.Cgroup.OOM(),
	}
	var err error
	if v.Proofs, err = r.Manager.Standing(ctx, r.Unit(), s.Cgroup); err != nil {
		return nil, fmt.Errorf("inspecting %s: %w", r.Name, err)
	}
	return json.Marshal(standing{
		Report: verdict.NewReport(v), State: s.State,
		Init: seen(s.Init), Launcher: seen(s.Launcher), With: r.startedWith(s),
	})
}

func seen(pid int) *int {
	if pid <= 0 {
		return nil
	}
	return &pid
}

// startedWith is from the record, or from the slimrun that waits for the run.
func (r Run) startedWith(s Sight) *record.Started {
	if r.Record != nil {
		if started, err := r.Record.Started(); err == nil {
			return &started
		}
	}
	if s.Launcher <= 0 {
		return nil
	}
	proc := "/proc/" + strconv.Itoa(s.Launcher)
	started := record.Started{
		Schema: record.StartedSchema, Name: r.Name, Manager: string(r.Manager.Kind), Time: s.Started,
		Line: words(proc + "/cmdline"), Variables: grammar.VariablesIn(words(proc + "/environ")),
	}
	started.Directory, _ = os.Readlink(proc + "/cwd") // what cannot be read is not known
	started.Stdin, _ = os.Readlink(proc + "/fd/0")
	return &started
}

// words are those of a file of /proc that has a NUL behind each.
func words(name string) []string {
	text, err := linux.ReadFile(name)
	if err != nil || text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\x00"), "\x00")
}

// inspectRecord is the report of a run that has ended.
func (r Run) inspectRecord() ([]byte, error) {
	if r.Unasked != nil && r.job() == "" && r.Record.Lives() {
		return nil, fmt.Errorf("inspecting %s: %w", r.Name, r.Unasked)
	}
	started, err := r.Record.Started()
	if err != nil {
		return nil, fmt.Errorf("inspecting %s: %w", r.Name, err)
	}
	rest, err := json.Marshal(struct {
		State State          `json:"state"`
		With  record.Started `json:"started_with"`
	}{r.Look().State, started})
	if err != nil {
		return nil, err
	}
	var report []byte
	if kept, ended := r.Report(); ended {
		kept.Samples = nil // for `slimrun plot`
		report, err = json.Marshal(kept)
	} else {
		lost := verdict.NewReport(verdict.Verdict{Command: started.Command(), Unit: r.Unit(), Started: started.Time})
		report, err = json.Marshal(standing{Report: lost})
	}
	// One object of both: what begins the second ends the first.
	return append(append(bytes.TrimSuffix(report, []byte("}")), ','), rest[1:]...), err
}

package verdict

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
)

// schema is slimrun.report/1, key by key.
var schema = map[string][]string{
	"":               {"schema", "name", "unit", "manager", "cgroup", "command", "started", "outcome", "exit_code", "signal", "error", "limits", "usage", "oom", "felt"},
	"limits.memory":  {"property", "asked", "kernel", "proven"},
	"usage":          {"wall_usec", "cpu_usec", "cpu_user_usec", "cpu_system_usec", "throttled_usec", "memory_peak_bytes", "swap_peak_bytes", "working_set_bytes", "pids_peak", "forks_refused", "io_read_bytes", "io_write_bytes", "pressure"},
	"usage.pressure": {"cpu", "memory", "io"},
	"oom":            {"kills", "max_events", "high_events", "whose", "cgroup", "limit_bytes"},
}

// written is a verdict's report as a program reads it.
func written(t *testing.T, v Verdict) map[string]any {
	t.Helper()
	content, err := ReportLine(v)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(content), "\n") != 1 {
		t.Errorf("the report is not one line: %q", content)
	}
	var report map[string]any
	if err := json.Unmarshal(content, &report); err != nil {
		t.Fatal(err)
	}
	return report
}

func aVerdict() Verdict {
	return Verdict{
		Command: []string{"true"}, Unit: "a.scope", Manager: unit.SystemKind, Cgroup: "/a.scope", Started: time.Unix(1, 0).UTC(),
		Outcome: Exited,
		Proofs: []unit.Proof{
			{Asked: limit.Memory.Imply("100M"), Kernel: "104857600", Proven: true}, {Asked: limit.Swap.Imply("0")},
		},
	}
}

func TestReportSchema(t *testing.T) {
	report := written(t, aVerdict())
	for at, want := range schema {
		object := report
		for key := range strings.SplitSeq(at, ".") {
			if key != "" {
				object, _ = object[key].(map[string]any)
			}
		}
		var got []string
		for key := range object {
			got = append(got, key)
		}
		slices.Sort(got)
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
			t.Errorf("keys of %q: %s", at, diff)
		}
	}
	if report["schema"] != "slimrun.report/1" || report["started"] != "1970-01-01T00:00:01Z" || report["name"] != "a" {
		t.Errorf("schema %v, started %v, name %v", report["schema"], report["started"], report["name"])
	}
}

// Row M6: what the kernel does not say is null, never 0.
func TestReportNull(t *testing.T) {
	report := written(t, aVerdict())
	for key, value := range report["usage"].(map[string]any) {
		if key != "wall_usec" && key != "pressure" && value != nil {
			t.Errorf("usage.%s is %v, want null", key, value)
		}
	}
	for _, object := range []any{report["oom"], report["usage"].(map[string]any)["pressure"]} {
		for key, value := range object.(map[string]any) {
			if value != nil {
				t.Errorf("%s is %v, want null", key, value)
			}
		}
	}
	swap := report["limits"].(map[string]any)["swap"].(map[string]any)
	if report["signal"] != nil || report["error"] != nil || swap["kernel"] != nil {
		t.Errorf("signal %v, error %v, kernel %v, want null", report["signal"], report["error"], swap["kernel"])
	}
}

func TestReportFigures(t *testing.T) {
	zero, some := uint64(0), uint64(42)
	v := aVerdict()
	v.Signal, v.Status, v.Err, v.Wall = 9, 137, errors.New("why"), 1500*time.Microsecond
	v.OOM.Kills, v.Usage.CPU, v.Usage.SwapPeak = &some, &some, &zero
	v.Usage.Pressure = map[string]*cgroup.Pressure{"cpu": {Some: &some}, "io": nil}
	report := written(t, v)
	usage := report["usage"].(map[string]any)
	for what, c := range map[string][2]any{
		"signal": {report["signal"], 9.0}, "exit_code": {report["exit_code"], 137.0}, "error": {report["error"], "why"},
		"kills": {report["oom"].(map[string]any)["kills"], 42.0}, "cpu": {usage["cpu_usec"], 42.0}, "a 0 that was read": {usage["swap_peak_bytes"], 0.0},
		"wall":     {usage["wall_usec"], 1500.0},
		"pressure": {usage["pressure"], map[string]any{"cpu": map[string]any{"some_usec": 42.0, "full_usec": nil}, "memory": nil, "io": nil}},
	} {
		if diff := cmp.Diff(c[1], c[0]); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

// A request that was refused has a report too, with lists that are lists.
func TestReportRefused(t *testing.T) {
	report := written(t, Refused(nil, errors.New("no command")))
	if diff := cmp.Diff([]any{}, report["command"]); diff != "" {
		t.Error(diff)
	}
	if report["outcome"] != "failed" || report["exit_code"] != 125.0 || report["unit"] != nil ||
		report["cgroup"] != nil {
		t.Errorf("got %v", report)
	}
}

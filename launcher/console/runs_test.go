package console

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/launcher/runs"
)

func TestSince(t *testing.T) {
	now := time.Unix(1e9, 0)
	for age, want := range map[time.Duration]string{
		-time.Second: "0s", 59 * time.Second: "59s", time.Minute: "1min", time.Hour: "1h00min",
		25*time.Hour - time.Minute: "1d00h", 24*time.Hour - time.Minute: "23h59min", 100 * 24 * time.Hour: "100d00h",
	} {
		began := now.Add(-age)
		if got := since(&began, now); got != want {
			t.Errorf("%v is %q, want %q", age, got, want)
		}
	}
	if got := since(nil, now); got != "?" {
		t.Errorf("unknown is %q", got)
	}
}

// A figure that is not known is no 0: "?" for people, null in JSON.
func TestRunsUnknown(t *testing.T) {
	var out strings.Builder
	c := Console{Out: &out}
	entries := []runs.Entry{{Name: "a", State: runs.Running, Description: "sleep 1", Command: []string{}}}
	c.Runs(entries, time.Unix(1e9, 0))
	want := "NAME  STATE    SINCE  MEMORY  CPU  PIDS  COMMAND\na     running      ?       ?    ?     ?  sleep 1\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	c.Entries(entries)
	var back map[string]any
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil {
		t.Fatal(err)
	}
	if back["started"] != nil || back["usage"].(map[string]any)["memory_bytes"] != nil || back["command"] == nil {
		t.Errorf("got %s", out.String())
	}
}

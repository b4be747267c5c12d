package unit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What systemd writes of a transient scope says again what was asked for.
func TestLimitsIn(t *testing.T) {
	got := map[string]string{}
	for _, asked := range limitsIn(`# This is a transient unit file, created programmatically via the systemd API. Do not edit.
[Unit]
Description=slimrun sleep 2
CollectMode=inactive-or-failed
After=slimrun-waiting-web-1.scope

[Scope]
Slice=build.slice
MemoryMax=104857600
MemorySwapMax=0
MemoryHigh=infinity
CPUQuota=150%
CPUWeight=20
TasksMax=50
RuntimeMaxSec=1h
TimeoutStopSec=10s
OOMPolicy=continue
FutureMax=7
`) {
		got[asked.As] = asked.Text
	}
	want := map[string]string{
		"--memory": "100M", "--swap": "0", "--memory-high": "infinity", "--cpus": "1.5", "--cpu-weight": "20", "--pids": "50",
		"--timeout": "1h", "--oom": "continue",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

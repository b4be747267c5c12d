package spec

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slimrun/slimrun/unit/cgroup"
)

func TestOnPressure(t *testing.T) {
	got, err := read("memory=100M", "on-pressure=memory:some:15%/2s=freeze",
		"on-pressure=cpu:full:0.5%/500ms=signal:HUP", "on-pressure=io:some:100%/10s=raise:1G")
	if err != nil || len(got.OnPressure) != 3 {
		t.Fatal(err, got.OnPressure)
	}
	for i, want := range []cgroup.Trigger{
		{Resource: "memory", Stall: 300 * time.Millisecond, Window: 2 * time.Second},
		{Resource: "cpu", Full: true, Stall: 2500 * time.Microsecond, Window: 500 * time.Millisecond},
		{Resource: "io", Stall: 10 * time.Second, Window: 10 * time.Second},
	} {
		if got.OnPressure[i].Trigger != want {
			t.Errorf("%+v, want %+v", got.OnPressure[i].Trigger, want)
		}
	}
	if got.OnPressure[1].Signal != syscall.SIGHUP || got.OnPressure[2].Raise.Number() != 1<<30 {
		t.Errorf("%+v", got.OnPressure)
	}
	if text := got.OnPressure[0].Trigger.String(); text != "some 300000 2000000" {
		t.Errorf("to the kernel: %q", text)
	}
	for _, bad := range []string{
		"", "memory", "memory:some:15%/2s", "memory:some:15%=freeze", "disk:some:15%/2s=freeze", "memory:any:15%/2s=freeze", "memory:some:15/2s=freeze",
		"memory:some:0%/2s=freeze", "memory:some:101%/2s=freeze", "memory:some:-1%/2s=freeze", "memory:some:15%/499ms=freeze", "memory:some:15%/11s=freeze",
		"memory:some:15%/infinity=freeze", "memory:some:15%/2s=", "memory:some:15%/2s=freeze:now", "memory:some:15%/2s=signal:", "memory:some:15%/2s=signal:NONE",
		"memory:some:15%/2s=raise:", "memory:some:15%/2s=raise:100M", "memory:some:15%/2s=raise:0", "memory:some:15%/2s=melt",
	} {
		if problems := problemsOf("memory=100M", "on-pressure="+bad); len(problems) != 1 ||
			!strings.Contains(problems[0], "on-pressure") {
			t.Errorf("%q: %q, want one problem that names the flag", bad, problems)
		}
	}
	if problems := problemsOf("on-pressure=memory:some:15%/2s=raise:1G"); len(problems) != 1 {
		t.Errorf("nothing to raise: %q", problems)
	}
}

func TestRetry(t *testing.T) {
	for text, want := range map[string]Retry{"2x": {200, 3, 0}, "1.5x,1": {150, 1, 0}, "100x,20": {10000, 20, 0}} {
		if got, err := read("memory=1M", "retry-oom="+text); err != nil || got.Retry != want {
			t.Errorf("%q: %+v, %v", text, got.Retry, err)
		}
	}
	for _, bad := range []string{
		"", "2", "x", "1x", "0.5x", "-2x", "NaNx", "Infx", "1e3x", "2x,", "2x,0", "2x,21", "2x,x", "101x",
	} {
		if problems := problemsOf("memory=1M", "retry-oom="+bad); len(problems) != 1 {
			t.Errorf("%q: %q", bad, problems)
		}
	}
	for _, bad := range [][]string{
		{"retry-oom=2x"},
		{"memory=infinity", "retry-oom=2x"},
		{"memory=2M", "retry-oom=2x", "memory-ceiling=1M"},
		{"memory=2M", "memory-ceiling=3M"},
	} {
		if problems := problemsOf(bad...); len(problems) != 1 {
			t.Errorf("%q: %q", bad, problems)
		}
	}
	asked, err := read("memory=1M", "pids=5")
	if err != nil {
		t.Fatal(err)
	}
	if more, err := asked.WithMemory(3 << 19); err != nil || more.Memory() != 3<<19 || asked.Memory() != 1<<20 ||
		len(more.Limits) != len(asked.Limits) {
		t.Errorf("%v: %+v of %+v", err, more.Limits, asked.Limits)
	}
}

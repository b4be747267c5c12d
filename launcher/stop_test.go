package launcher

import (
	"syscall"
	"testing"
	"time"

	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
)

func TestDescribe(t *testing.T) {
	for want, status := range map[string]syscall.WaitStatus{"exit status 7": syscall.WaitStatus(7 << 8), "killed by killed": syscall.WaitStatus(9), "killed by terminated": syscall.WaitStatus(15)} {
		if got := describe(status); got != want {
			t.Errorf("%#x is %q, want %q", status, got, want)
		}
	}
}

// A manager that does not answer, or that knows no more, cannot say why a run
// was ended: the clock can, and the kernel's count of kills.
func TestReasonWithoutSystemd(t *testing.T) {
	limited := func(flag, text string) spec.Spec {
		asked, err := spec.New(spec.Request{Argv: []string{"true"}, Limits: map[string]string{flag: text}, System: true})
		if err != nil {
			t.Fatal(err)
		}
		return asked
	}
	none, one := uint64(0), uint64(1)
	unknown, timeout, memory := verdict.Ending{Unknown: true}, verdict.Ending{Stopping: true, Timeout: true}, verdict.Ending{Stopping: true, Memory: true}
	for name, c := range map[string]struct {
		spec   spec.Spec
		known  verdict.Ending
		kills  *uint64
		status syscall.WaitStatus
		want   verdict.Ending
	}{
		"its time was up":       {limited("timeout", "1s"), unknown, &none, syscall.WaitStatus(syscall.SIGKILL), timeout},
		"by SIGTERM":            {limited("timeout", "1s"), unknown, &none, syscall.WaitStatus(syscall.SIGTERM), timeout},
		"by something else":     {limited("timeout", "1s"), unknown, &none, syscall.WaitStatus(syscall.SIGSEGV), unknown},
		"by itself":             {limited("timeout", "1s"), unknown, &none, syscall.WaitStatus(0 << 8), unknown},
		"before its time":       {limited("timeout", "1h"), unknown, &none, syscall.WaitStatus(syscall.SIGKILL), unknown},
		"without a limit":       {limited("timeout", "infinity"), unknown, &none, syscall.WaitStatus(syscall.SIGKILL), unknown},
		"systemd says it is so": {limited("timeout", "1s"), verdict.Ending{Stopping: true}, &none, syscall.WaitStatus(syscall.SIGKILL), verdict.Ending{Stopping: true}},
		"systemd says it isn't": {limited("timeout", "1s"), verdict.Ending{}, &none, syscall.WaitStatus(syscall.SIGKILL), verdict.Ending{}},
		"M6 by the policy":      {limited("oom", "kill"), unknown, &one, syscall.WaitStatus(syscall.SIGTERM), memory},
		"M6 no kill, no policy": {limited("oom", "kill"), unknown, &none, syscall.WaitStatus(syscall.SIGTERM), unknown},
		"M6 nobody counted":     {limited("oom", "stop"), unknown, nil, syscall.WaitStatus(syscall.SIGTERM), unknown},
		"M6 without a policy":   {limited("oom", "continue"), unknown, &one, syscall.WaitStatus(syscall.SIGTERM), unknown},
	} {
		r := &run{spec: c.spec, stop: newStopping(), entered: time.Now().Add(-2 * time.Second)}
		r.stop.known, r.verdict.OOM.Kills = c.known, c.kills
		if got := r.reason(c.status); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

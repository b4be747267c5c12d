package launcher

import (
	"syscall"
	"testing"
	"time"

	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/limit"
)

func TestDescribe(t *testing.T) {
	for want, status := range map[string]syscall.WaitStatus{
		"exit status 7": syscall.WaitStatus(7 << 8), "killed by killed": syscall.WaitStatus(9),
		"killed by terminated": syscall.WaitStatus(15),
	} {
		if got := describe(status); got != want {
			t.Errorf("%#x is %q, want %q", status, got, want)
		}
	}
}

// A manager that does not answer, or that knows no more, cannot say why a run
// was ended: the clock can, and the kernel's count of kills.
func TestReasonWithoutSystemd(t *testing.T) {
	limited := func(row *limit.Row, text string) spec.Spec {
		draft := spec.New()
		draft.Ask(row, text)
		asked, err := draft.Finish([]string{"true"})
		if err != nil {
			t.Fatal(err)
		}
		return asked
	}
	none, one := uint64(0), uint64(1)
	unknown := verdict.Ending{Unknown: true}
	timeout, memory := verdict.Ending{Stopping: true, Timeout: true}, verdict.Ending{Stopping: true, Memory: true}
	for name, c := range map[string]struct {
		spec   spec.Spec
		known  verdict.Ending
		kills  *uint64
		status syscall.WaitStatus
		want   verdict.Ending
	}{
		"its time was up":       {limited(limit.Timeout, "1s"), unknown, &none, syscall.WaitStatus(syscall.SIGKILL), timeout},
		"by SIGTERM":            {limited(limit.Timeout, "1s"), unknown, &none, syscall.WaitStatus(syscall.SIGTERM), timeout},
		"by something else":     {limited(limit.Timeout, "1s"), unknown, &none, syscall.WaitStatus(syscall.SIGSEGV), unknown},
		"by itself":             {limited(limit.Timeout, "1s"), unknown, &none, syscall.WaitStatus(0 << 8), unknown},
		"before its time":       {limited(limit.Timeout, "1h"), unknown, &none, syscall.WaitStatus(syscall.SIGKILL), unknown},
		"without a limit":       {limited(limit.Timeout, "infinity"), unknown, &none, syscall.WaitStatus(syscall.SIGKILL), unknown},
		"systemd says it is so": {limited(limit.Timeout, "1s"), verdict.Ending{Stopping: true}, &none, syscall.WaitStatus(syscall.SIGKILL), verdict.Ending{Stopping: true}},
		"systemd says it isn't": {limited(limit.Timeout, "1s"), verdict.Ending{}, &none, syscall.WaitStatus(syscall.SIGKILL), verdict.Ending{}},
		"M6 by the policy":      {limited(limit.OOM, "kill"), unknown, &one, syscall.WaitStatus(syscall.SIGTERM), memory},
		"M6 no kill, no policy": {limited(limit.OOM, "kill"), unknown, &none, syscall.WaitStatus(syscall.SIGTERM), unknown},
		"M6 nobody counted":     {limited(limit.OOM, "stop"), unknown, nil, syscall.WaitStatus(syscall.SIGTERM), unknown},
		"M6 without a policy":   {limited(limit.OOM, "continue"), unknown, &one, syscall.WaitStatus(syscall.SIGTERM), unknown},
	} {
		r := &run{spec: c.spec, stop: newStopping(), entered: time.Now().Add(-2 * time.Second)}
		r.stop.known, r.verdict.OOM.Kills = c.known, c.kills
		if got := r.reason(c.status); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

package launcher

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/unit"
)

func exitedWith(code int) syscall.WaitStatus            { return syscall.WaitStatus(code << 8) }
func killedBy(signal syscall.Signal) syscall.WaitStatus { return syscall.WaitStatus(signal) }

// Row P1: every exit status is the payload's own, 124 to 127 and 137 too.
func TestJudgeEveryExit(t *testing.T) {
	for code := range 256 {
		var v Verdict
		v.judge(exitedWith(code), ending{})
		if v.Status != code || v.Outcome != Exited || v.Signal != 0 {
			t.Errorf("P1 exit %d: %s, status %d, signal %d", code, v.Outcome, v.Status, v.Signal)
		}
	}
}

// Row P2: every signal, with a core dump and without.
func TestJudgeEverySignal(t *testing.T) {
	for n := syscall.Signal(1); n <= 64; n++ {
		for _, status := range []syscall.WaitStatus{killedBy(n), killedBy(n) | 0x80} {
			var v Verdict
			v.judge(status, ending{})
			if v.Status != 128+int(n) || v.Outcome != Signaled || v.Signal != n {
				t.Errorf("P2 signal %d: %s, status %d, signal %d", n, v.Outcome, v.Status, v.Signal)
			}
		}
	}
}

// Rows M1 M2 M5 P13: the reason, from the kernel's counters and systemd's word.
func TestJudgeReasons(t *testing.T) {
	none, one := uint64(0), uint64(1)
	for name, c := range map[string]struct {
		status  syscall.WaitStatus
		end     ending
		kills   *uint64
		outcome Outcome
		want    int
	}{
		"M1 killed for memory":             {killedBy(9), ending{}, &one, OOMKilled, 137},
		"M5 killed itself":                 {killedBy(9), ending{}, &none, Signaled, 137},
		"M5 killed, kernel does not count": {killedBy(9), ending{}, nil, Signaled, 137},
		"M2 a grandchild was":              {exitedWith(7), ending{}, &one, Exited, 7},
		"M2 a grandchild was, TERM":        {killedBy(15), ending{}, &one, Signaled, 143},
		"exit 137 is no kill":              {exitedWith(137), ending{}, &one, Exited, 137},
		"P13 stopped":                      {killedBy(15), ending{stopping: true}, &none, StoppedBy, 143},
		"P11 stopped the hard way":         {killedBy(9), ending{stopping: true}, &none, StoppedBy, 137},
		"stopped, own status":              {exitedWith(3), ending{stopping: true}, nil, StoppedBy, 3},
		"M6 stopped for memory":            {killedBy(15), ending{stopping: true, memory: true}, &one, OOMKilled, 143},
		"M6 so says systemd alone":         {killedBy(15), ending{stopping: true, memory: true}, &none, StoppedBy, 143},
		"timed out":                        {killedBy(15), ending{stopping: true, timeout: true}, &none, TimedOut, 124},
		"timed out, exited 0":              {exitedWith(0), ending{stopping: true, timeout: true}, &none, TimedOut, 124},
	} {
		t.Run(name, func(t *testing.T) {
			v := Verdict{OOM: unit.OOM{Kills: c.kills}}
			v.judge(c.status, c.end)
			if v.Outcome != c.outcome || v.Status != c.want {
				t.Errorf("%s, status %d, want %s, %d", v.Outcome, v.Status, c.outcome, c.want)
			}
		})
	}
}

// Rows A6 A7 P4: slimrun's own failures, the unusable payload, and a signal
// before there was one.
func TestVerdictFail(t *testing.T) {
	cause := errors.New("no manager")
	for name, c := range map[string]struct {
		err  error
		want Verdict
	}{
		"nothing":       {nil, Verdict{}},
		"own":           {cause, Verdict{Err: cause, Outcome: FailedRun, Status: 125}},
		"A6 not found":  {unusable{cause, 127}, Verdict{Err: cause, Outcome: FailedRun, Status: 127}},
		"A7 unusable":   {fmt.Errorf("running: %w", unusable{cause, 126}), Verdict{Err: cause, Outcome: FailedRun, Status: 126}},
		"P4 TERM early": {fmt.Errorf("starting: %w", interrupted{syscall.SIGTERM}), Verdict{Outcome: Signaled, Status: 143, Signal: 15}},
	} {
		t.Run(name, func(t *testing.T) {
			var v Verdict
			v.fail(c.err)
			same := cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) || errors.Is(b, a) })
			if diff := cmp.Diff(c.want, v, same); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	for want, status := range map[string]syscall.WaitStatus{"exit status 7": exitedWith(7), "killed by killed": killedBy(9), "killed by terminated": killedBy(15)} {
		if got := describe(status); got != want {
			t.Errorf("%#x is %q, want %q", status, got, want)
		}
	}
}

// A manager that does not answer, or that knows no more, cannot say why a run
// was ended: the clock can, and the kernel's count of kills.
func TestReasonWithoutSystemd(t *testing.T) {
	limited := func(flag, text string) Spec {
		spec, err := NewSpec(Request{Argv: []string{"true"}, Limits: map[string]string{flag: text}, System: true})
		if err != nil {
			t.Fatal(err)
		}
		return spec
	}
	none, one := uint64(0), uint64(1)
	unknown, timeout, memory := ending{unknown: true}, ending{stopping: true, timeout: true}, ending{stopping: true, memory: true}
	for name, c := range map[string]struct {
		spec   Spec
		known  ending
		kills  *uint64
		status syscall.WaitStatus
		want   ending
	}{
		"its time was up":       {limited("timeout", "1s"), unknown, &none, killedBy(syscall.SIGKILL), timeout},
		"by SIGTERM":            {limited("timeout", "1s"), unknown, &none, killedBy(syscall.SIGTERM), timeout},
		"by something else":     {limited("timeout", "1s"), unknown, &none, killedBy(syscall.SIGSEGV), unknown},
		"by itself":             {limited("timeout", "1s"), unknown, &none, exitedWith(0), unknown},
		"before its time":       {limited("timeout", "1h"), unknown, &none, killedBy(syscall.SIGKILL), unknown},
		"without a limit":       {limited("timeout", "infinity"), unknown, &none, killedBy(syscall.SIGKILL), unknown},
		"systemd says it is so": {limited("timeout", "1s"), ending{stopping: true}, &none, killedBy(syscall.SIGKILL), ending{stopping: true}},
		"systemd says it isn't": {limited("timeout", "1s"), ending{}, &none, killedBy(syscall.SIGKILL), ending{}},
		"M6 by the policy":      {limited("oom", "kill"), unknown, &one, killedBy(syscall.SIGTERM), memory},
		"M6 no kill, no policy": {limited("oom", "kill"), unknown, &none, killedBy(syscall.SIGTERM), unknown},
		"M6 nobody counted":     {limited("oom", "stop"), unknown, nil, killedBy(syscall.SIGTERM), unknown},
		"M6 without a policy":   {limited("oom", "continue"), unknown, &one, killedBy(syscall.SIGTERM), unknown},
	} {
		r := &run{spec: c.spec, stop: newStopping(), entered: time.Now().Add(-2 * time.Second)}
		r.stop.known, r.verdict.OOM.Kills = c.known, c.kills
		if got := r.reason(c.status); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

package verdict

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/unit/cgroup"
)

func exitedWith(code int) syscall.WaitStatus            { return syscall.WaitStatus(code << 8) }
func killedBy(signal syscall.Signal) syscall.WaitStatus { return syscall.WaitStatus(signal) }

// Row P1: every exit status is the payload's own, 124 to 127 and 137 too.
func TestJudgeEveryExit(t *testing.T) {
	for code := range 256 {
		var v Verdict
		v.Judge(exitedWith(code), Ending{})
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
			v.Judge(status, Ending{})
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
		end     Ending
		kills   *uint64
		outcome Outcome
		want    int
	}{
		"M1 killed for memory":             {killedBy(9), Ending{}, &one, OOMKilled, 137},
		"M5 killed itself":                 {killedBy(9), Ending{}, &none, Signaled, 137},
		"M5 killed, kernel does not count": {killedBy(9), Ending{}, nil, Signaled, 137},
		"M2 a grandchild was":              {exitedWith(7), Ending{}, &one, Exited, 7},
		"M2 a grandchild was, TERM":        {killedBy(15), Ending{}, &one, Signaled, 143},
		"exit 137 is no kill":              {exitedWith(137), Ending{}, &one, Exited, 137},
		"P13 stopped":                      {killedBy(15), Ending{Stopping: true}, &none, StoppedBy, 143},
		"P11 stopped the hard way":         {killedBy(9), Ending{Stopping: true}, &none, StoppedBy, 137},
		"stopped, own status":              {exitedWith(3), Ending{Stopping: true}, nil, StoppedBy, 3},
		"M6 stopped for memory":            {killedBy(15), Ending{Stopping: true, Memory: true}, &one, OOMKilled, 143},
		"M6 so says systemd alone":         {killedBy(15), Ending{Stopping: true, Memory: true}, &none, StoppedBy, 143},
		"timed out":                        {killedBy(15), Ending{Stopping: true, Timeout: true}, &none, TimedOut, 124},
		"timed out, exited 0":              {exitedWith(0), Ending{Stopping: true, Timeout: true}, &none, TimedOut, 124},
	} {
		t.Run(name, func(t *testing.T) {
			v := Verdict{OOM: cgroup.OOM{Kills: c.kills}}
			v.Judge(c.status, c.end)
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
		"A6 not found":  {Unusable{cause, 127}, Verdict{Err: cause, Outcome: FailedRun, Status: 127}},
		"A7 unusable":   {fmt.Errorf("running: %w", Unusable{cause, 126}), Verdict{Err: cause, Outcome: FailedRun, Status: 126}},
		"P4 TERM early": {fmt.Errorf("starting: %w", Interrupted{syscall.SIGTERM}), Verdict{Outcome: Signaled, Status: 143, Signal: 15}},
	} {
		t.Run(name, func(t *testing.T) {
			var v Verdict
			v.Fail(c.err)
			same := cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) || errors.Is(b, a) })
			if diff := cmp.Diff(c.want, v, same); diff != "" {
				t.Error(diff)
			}
		})
	}
}

package nsinit

import (
	"testing"

	"golang.org/x/sys/unix"
)

// T10, C1: what is put on the payload is not put on the init.
func TestAttributes(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		given := func(n int) Setting { return Setting{Given: true, Value: n} }
		said, failure := runInside(t, Clone{}, Config{Attributes: Attributes{
			Rlimits: []Rlimit{{"nofile", unix.RLIMIT_NOFILE, 100, 200}, {"core", unix.RLIMIT_CORE, 0, 0}},
			Nice:    given(7), OOMScoreAdj: given(300), Policy: given(unix.SCHED_BATCH),
		}}, `ulimit -Sn; ulimit -Hn; ulimit -c; nice; cat /proc/self/oom_score_adj /proc/1/oom_score_adj
			awk '{print "nice", $19, "policy", $41}' /proc/self/stat; awk '{print "init", $19, "policy", $41}' /proc/1/stat
			grep -h CapInh /proc/self/status; grep -h CapAmb /proc/self/status`)
		expect(t, said, failure, "100", "200", "0", "7", "300", "nice 7 policy 3", "init 0 policy 0",
			"CapInh:\t0000000000000000", "CapAmb:\t0000000000000000")
	})
}

// A limit beyond the hard one is a failure that names it.
func TestRlimitRefused(t *testing.T) {
	beyond := Attributes{Rlimits: []Rlimit{{"nofile", unix.RLIMIT_NOFILE, 1 << 40, 1 << 40}}}
	_, failure := runInside(t, Clone{}, Config{Attributes: beyond}, "true")
	if failure == nil || failure.Step != StepRlimit || failure.Object != "nofile" || failure.Errno != unix.EPERM {
		t.Errorf("got %v", failure)
	}
}

// Without an init, for a user too: the payload's stage still has what it takes
// to mount /proc.
func TestNoInit(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		r := Config{NoInit: true}
		said, failure := runInside(t, Clone{}, r, `echo pid $$; grep -h CapEff /proc/self/status; ls -d /proc/1`)
		expect(t, said, failure, "pid 1", "/proc/1")
	})
}

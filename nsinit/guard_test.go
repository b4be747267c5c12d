package nsinit

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// C1: dropped capabilities are gone for good, and one that is kept is there.
func TestCapabilities(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		bit := uint64(1) << unix.CAP_NET_BIND_SERVICE
		said, failure := runInside(t, Clone{}, Config{Guard: Guard{Drops: true, Bound: bit, Add: bit, NoNewPrivs: true}},
			`cat /proc/self/status`)
		ambient := "CapAmb:\t0000000000000000"
		if os.Geteuid() != 0 {
			ambient = "CapAmb:\t0000000000000400"
		}
		expect(t, said, failure, "CapBnd:\t0000000000000400", "CapEff:\t0000000000000400", "NoNewPrivs:\t1", ambient)
	})
}

func TestNoNewPrivileges(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		said, failure := runInside(t, Clone{}, Config{Guard: Guard{NoNewPrivs: true}}, `cat /proc/self/status`)
		expect(t, said, failure, "NoNewPrivs:\t1", "CapInh:\t0000000000000000", "CapAmb:\t0000000000000000")
	})
}

// The filter is the payload's alone.
func TestFilter(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		allow := []byte{unix.BPF_RET | unix.BPF_K, 0, 0, 0, 0, 0, 0xff, 0x7f} // SECCOMP_RET_ALLOW
		said, failure := runInside(t, Clone{}, Config{Guard: Guard{NoNewPrivs: true, Filter: allow}},
			`grep -h Seccomp: /proc/self/status; sed -n 's/^Seccomp:/init/p' /proc/1/status`)
		expect(t, said, failure, "Seccomp:\t2", "init\t0")
	})
}

// C4, C5: neither /proc/1/exe nor the init itself is the payload's to change.
func TestInitIsOutOfReach(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		said, failure := runInside(t, Clone{}, Config{}, `sh -c ': >> /proc/1/exe' 2>&1 && echo written; `+
			`cat /proc/1/maps >/proc/self/fd/1 2>&1 || echo untraceable; echo done`)
		expect(t, said, failure, "done")
		if strings.Contains("\n"+said, "\nwritten\n") {
			t.Error("the init's program could be written")
		}
		if os.Geteuid() != 0 {
			expect(t, said, nil, "untraceable")
		}
	})
}

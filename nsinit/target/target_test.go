package target

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const status = `Name:	sh (Uid: 0)
Umask:	0027
State:	S (sleeping)
Uid:	1000	1001	1002	1003
Gid:	7	8	9	10
Groups:	5 7 
CapInh:	0000000000000000
CapPrm:	000001fffeffffff
CapEff:	0000000000000040
CapBnd:	000001ffffffffff
CapAmb:	0000000000000400
NoNewPrivs:	1
Seccomp:	2
Seccomp_filters:	3
voluntary_ctxt_switches:	7
`

func TestParseStatus(t *testing.T) {
	got, err := parseStatus(ofInterest(status))
	if err != nil {
		t.Fatal(err)
	}
	want := Status{
		UID: [3]uint32{1000, 1001, 1002}, GID: [3]uint32{7, 8, 9}, Groups: []uint32{5, 7},
		Permitted: 0x1fffeffffff, Effective: 0x40, Bound: 0x1ffffffffff, Ambient: 0x400,
		NoNewPrivs: true, Umask: 0o27, mode: 2, filters: 3,
	}
	if !slices.Equal(got.Groups, want.Groups) {
		t.Errorf("groups %v, want %v", got.Groups, want.Groups)
	}
	got.Groups, want.Groups = nil, nil
	if got.UID != want.UID || got.GID != want.GID || got.Permitted != want.Permitted ||
		got.Effective != want.Effective ||
		got.Bound != want.Bound || got.Ambient != want.Ambient || !got.NoNewPrivs ||
		got.Umask != want.Umask || got.mode != 2 || got.filters != 3 {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What is not understood is no right that may be passed over.
func TestParseStatusRefuses(t *testing.T) {
	for _, line := range []string{
		"Umask", "Uid", "Gid", "Groups", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs",
	} {
		var without, broken []string
		for one := range strings.Lines(status) {
			name, _, _ := strings.Cut(one, ":")
			if name != line {
				without = append(without, one)
				broken = append(broken, one)
			} else {
				broken = append(broken, name+":\tx y\n")
			}
		}
		for _, text := range []string{strings.Join(without, ""), strings.Join(broken, "")} {
			if got, err := parseStatus(ofInterest(text)); err == nil {
				t.Errorf("%s: got %+v, want an error", line, got)
			}
		}
	}
	if _, err := parseStatus(ofInterest(strings.Replace(status, "S (sleeping)", "Z (zombie)", 1))); err == nil {
		t.Error("a zombie is a target")
	}
}

// What a process does is not what it is.
func TestOfInterest(t *testing.T) {
	later := strings.NewReplacer("S (sleeping)", "R (running)", "switches:	7", "switches:	8").Replace(status)
	if ofInterest(later) != ofInterest(status) {
		t.Error("a process that goes on running has changed")
	}
	if ofInterest(strings.Replace(status, "000001ffffffffff", "0", 1)) == ofInterest(status) {
		t.Error("a process that has given up capabilities has not changed")
	}
}

func TestParseLimits(t *testing.T) {
	text, err := os.ReadFile("/proc/self/limits")
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseLimits(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for resource := range got {
		var want unix.Rlimit
		if unix.Getrlimit(resource, &want) == nil && got[resource] != want {
			t.Errorf("limit %d is %+v, want %+v", resource, got[resource], want)
		}
	}
	for _, text := range []string{
		"", "Limit\n", strings.Repeat("Max cpu time              unlimited\n", 17),
		strings.Repeat("Max cpu time              1 x\n", 17),
	} {
		if got, err := parseLimits(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestIDMap(t *testing.T) {
	m := parseMap("         0       1000          1\n         1     100000      65536\n")
	for outside, want := range map[uint32]uint32{1000: 0, 100000: 1, 165535: 65536} {
		if got, ok := m.inside(outside); !ok || got != want {
			t.Errorf("%d is %d (%v) inside, want %d", outside, got, ok, want)
		}
	}
	for _, outside := range []uint32{0, 999, 1001, 99999, 165536, 4294967295} {
		if got, ok := m.inside(outside); ok {
			t.Errorf("%d is %d inside, want none", outside, got)
		}
	}
}

// A process of this one's own has nothing that this one has not.
func TestOpen(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	cmd.Env = []string{"A=1", "B=2=3"}
	cmd.Dir = t.TempDir()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	got, err := Open(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	if len(got.Namespaces) != 0 || !got.SameRoot || int(got.UID[1]) != os.Geteuid() ||
		!slices.Equal(got.Environ, cmd.Env) {
		t.Errorf("got %+v", got)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if _, err := Open(cmd.Process.Pid); err == nil {
		t.Error("a process that has ended is a target")
	}
}

// A process that ends has no memory any more, and its files are root's, before it is seen
// to have ended: a user who may not read them has not been refused a living one.
func TestEnding(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if zombie := (&Target{PID: cmd.Process.Pid}); !zombie.ending() {
		t.Error("one that is to be reaped lives")
	}
	if own := (&Target{PID: os.Getpid()}); own.ending() {
		t.Error("this process ends")
	}
}

package nsinit

import (
	"io"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit/inside"
	"github.com/slimrun/slimrun/nsinit/target"
)

// Who is root gets by an exec what the bounding set holds, so the command's is what
// the other process has now, not what it could have.
func TestRights(t *testing.T) {
	const all = 1<<41 - 1
	root, nobody := [3]uint32{}, [3]uint32{65534, 65534, 65534}
	for name, c := range map[string]struct {
		have                      target.Status
		bound, effective, ambient uint64
	}{
		"root":                   {target.Status{UID: root, Bound: all, Permitted: all, Effective: all}, all, all, 0},
		"root that has given up": {target.Status{UID: root, Bound: all, Permitted: 1}, 1, 0, 0},
		"root, effective nobody": {target.Status{UID: [3]uint32{0, 65534, 0}, Bound: all, Permitted: 3, Effective: 1}, 3, 1, 0},
		"nobody":                 {target.Status{UID: nobody, Bound: all}, all, 0, 0},
		"nobody with a power":    {target.Status{UID: nobody, Bound: all, Permitted: 6, Effective: 6, Ambient: 4}, all, 4, 4},
		"nobody's stale ambient": {target.Status{UID: nobody, Bound: 2, Permitted: 6, Ambient: 4}, 2, 0, 0},
	} {
		a, err := newArena()
		if err != nil {
			t.Fatal(err)
		}
		var got inside.Join
		err = (&Join{Target: &target.Target{Status: c.have}}).rights(a, &got)
		a.close()
		unmap()
		if err != nil && os.Geteuid() != 0 { // the groups are not the own ones
			continue
		}
		if err != nil || got.Bound != c.bound || got.Effective != c.effective || got.Ambient != c.ambient {
			t.Errorf("%s: %v, bound %x effective %x ambient %x, want %x %x %x",
				name, err, got.Bound, got.Effective, got.Ambient, c.bound, c.effective, c.ambient)
		}
	}
}

// Nobody becomes by exec whom the payload could not.
func TestMayBecome(t *testing.T) {
	const both = 1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID
	for effective, want := range map[uint64]bool{
		both: true, 1 << unix.CAP_SETUID: false, 1 << unix.CAP_SETGID: false, 0: false, both | 1: true,
	} {
		j := &Join{Target: &target.Target{Status: target.Status{Effective: effective}}, As: &User{UID: 7}}
		if err := j.mayBecome(inside.IDs{}); (err == nil) != want {
			t.Errorf("with %x: %v", effective, err)
		}
	}
}

// The program that is in reach of a run's hands is nobody's to write to.
func TestSealed(t *testing.T) {
	program, err := inside.Sealed()
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	got, err := io.ReadAll(program)
	want, err2 := os.ReadFile("/proc/self/exe")
	if err != nil || err2 != nil || !slices.Equal(got, want) {
		t.Errorf("it is another program: %v, %v", err, err2)
	}
	file, err := os.OpenFile(inside.Descriptor(program), os.O_RDWR, 0)
	if err == nil {
		_, err = file.WriteAt([]byte("x"), 0)
		file.Close()
	}
	if err == nil {
		t.Error("it can be written to")
	}
}

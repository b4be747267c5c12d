package nsinit

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// inside runs a shell script as a payload in namespaces of its own, without
// any manager, and returns what it said on fd 3.
func inside(t *testing.T, clone Clone, config Config, script string) (said string, failure *Failure) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	clone.Flags |= unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS
	clone.PassFDs = []int{int(w.Fd())}
	if os.Geteuid() != 0 && clone.UserNS == nil {
		uid, gid := os.Geteuid(), os.Getegid()
		clone.UserNS = &UserNamespace{
			UID:  []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}},
			GID:  []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}},
			Caps: EveryCapability(),
		}
	}
	held, err := Hold(clone)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer held.Kill()
	config.Private, config.Proc, config.PassFDs = true, true, []int{3}
	config.Argv, config.Env = []string{"sh", "-c", "exec >&3 2>&1; " + script}, os.Environ()
	config.SigMask = held.SigMask
	if event := <-held.Events; event.Kind != Ready {
		t.Fatalf("not ready: %+v %v", event, event.Failure)
	}
	if err := held.Go(&config); err != nil {
		t.Fatal(err)
	}
	for event := range held.Events {
		switch event.Kind {
		case Failed:
			return "", event.Failure
		case Exited:
			var out bytes.Buffer
			held.Release()
			io.Copy(&out, r)
			return out.String(), nil
		}
	}
	t.Fatal("the init ended without a word")
	return "", nil
}

// asEachUser runs a test as root and as nobody, by starting it again.
func asEachUser(t *testing.T, test func(t *testing.T)) {
	if os.Geteuid() != 0 {
		t.Run("user", test)
		return
	}
	t.Run("root", test)
	t.Run("nobody", func(t *testing.T) {
		again := exec.Command("/proc/self/exe", "-test.run=^"+strings.Split(t.Name(), "/")[0]+"$", "-test.v")
		again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		again.Dir = "/"
		if out, err := again.CombinedOutput(); err != nil {
			t.Errorf("as nobody: %v\n%s", err, out)
		}
	})
}

// expect holds lines against what a script said.
func expect(t *testing.T, said string, failure *Failure, want ...string) {
	t.Helper()
	if failure != nil {
		t.Fatal(failure)
	}
	for _, line := range want {
		if !strings.Contains("\n"+said, "\n"+line+"\n") {
			t.Errorf("want the line %q in\n%s", line, said)
		}
	}
}

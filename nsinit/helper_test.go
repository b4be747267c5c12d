package nsinit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The tests' program has no entry of its own, and makes files too.
func TestMain(m *testing.M) {
	instead, err := Enter()
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	case instead != nil:
		os.Exit(instead(os.Args))
	}
	os.Exit(inSharedMounts(m))
}

// inSharedMounts runs root's tests in mounts that propagate, as a booted machine's
// do: elsewhere no mount of the payload's could be seen to leak.
func inSharedMounts(m *testing.M) int {
	const again = "SLIMRUN_TEST_SHARED"
	if os.Getenv(again) != "" {
		unix.CloseOnExec(3)
		return m.Run()
	}
	self, err := os.Open("/proc/self/exe") // which has no path
	if err != nil || os.Geteuid() != 0 {
		return m.Run()
	}
	defer self.Close()
	runtime.LockOSThread() // whose end would be the others'
	cmd := exec.Command("sh", append([]string{"-c", `mount --make-rshared /; exec /proc/self/fd/3 "$@"`, "sh"}, os.Args[1:]...)...)
	cmd.ExtraFiles = []*os.File{self}
	cmd.Env = append(os.Environ(), again+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	if cmd.Run(); cmd.ProcessState == nil {
		return m.Run()
	}
	return cmd.ProcessState.ExitCode()
}

// end ends a child: there is one at a time.
func end(t *testing.T, held *Held) {
	t.Helper()
	held.Kill()
	for range held.Events {
		continue // what it still said
	}
	select {
	case <-held.Done:
	case <-time.After(10 * time.Second):
		t.Fatal("the child outlives its control socket")
	}
}

// rootInside as the UID maps root to the caller.
const rootInside = -1

// runInside runs a shell script as a payload in namespaces of its own, without
// any manager, and returns what it said on fd 3.
func runInside(t *testing.T, clone Clone, config Config, script string) (output string, failure *Failure) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w.Chmod(0o666) // whoever the payload becomes opens it by name: dash knows no fd of two digits
	clone.Flags |= unix.CLONE_NEWNS | unix.CLONE_NEWUTS
	if !config.NoInit {
		clone.Flags |= unix.CLONE_NEWPID
	}
	if config.OwnUser = os.Geteuid() != 0; config.OwnUser {
		clone.Flags |= unix.CLONE_NEWUSER
	}
	switch config.UID {
	case rootInside:
		config.UID = 0
	case 0:
		config.UID = os.Geteuid()
	}
	config.Private, config.Proc, config.PassFDs = true, true, []int{int(w.Fd())}
	config.Argv, config.Env = []string{"sh", "-c", fmt.Sprintf("exec >/proc/self/fd/%d 2>&1; %s", w.Fd(), script)}, os.Environ()
	held, err := Hold(clone, &config)
	w.Close()
	if err != nil {
		return "", asFailure(t, err)
	}
	defer end(t, held)
	event := <-held.Events
	if event.Kind != Ready {
		t.Fatalf("not ready: %+v %v", event, event.Failure)
	}
	if err := held.Watch(event.Number); err != nil {
		t.Fatal(err)
	}
	if config.OwnUser {
		mapIDs(t, event.Number, config.UID)
	}
	if err := held.Go(); err != nil {
		t.Fatal(err)
	}
	for event := range held.Events {
		switch event.Kind {
		case Failed:
			return "", event.Failure
		case Started:
			held.Spare()
		case Exited:
			return said(r, held), nil
		}
	}
	t.Fatal("the init ended without a word")
	return "", nil
}

func asFailure(t *testing.T, err error) (failure *Failure) {
	t.Helper()
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	return failure
}

// said is what the payload wrote; the init lets go of the pipe when it ends.
func said(r io.Reader, held *Held) string {
	var out bytes.Buffer
	held.Release()
	io.Copy(&out, r)
	return out.String()
}

// mapIDs maps one id: the caller's own, as runInside has it.
func mapIDs(t *testing.T, pid, inside int) {
	t.Helper()
	for _, file := range []struct{ name, text string }{
		{"setgroups", "deny"},
		{"gid_map", fmt.Sprintf("%d %d 1", inside, os.Getegid())},
		{"uid_map", fmt.Sprintf("%d %d 1", inside, os.Geteuid())},
	} {
		if err := os.WriteFile(fmt.Sprintf("/proc/%d/%s", pid, file.name), []byte(file.text), 0); err != nil {
			t.Fatal(err)
		}
	}
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

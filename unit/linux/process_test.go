package linux

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A poll that a signal breaks off says nothing of the process: the runtime
// preempts by signals, the more the busier the machine, and a manager so taken
// for dead made a run under load fail. strace breaks off every other poll.
func TestAliveThroughSignals(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("needs strace:", err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(strace, "-f", "-qq", "-e", "trace=poll,ppoll", "-e", "inject=poll,ppoll:error=EINTR:when=1+2",
		self, "-test.run=^TestAliveHere$", "-test.v")
	cmd.Env = append(os.Environ(), "SLIMRUN_TEST_ALIVE=1")
	out, err := cmd.CombinedOutput()
	switch {
	case strings.Contains(string(out), "PTRACE_TRACEME"):
		t.Skipf("strace may not trace here: %s", out)
	case err != nil || !strings.Contains(string(out), "INJECTED"):
		t.Errorf("%v\n%s", err, out)
	}
}

// A process that has ended is not alive, be it that nobody has reaped it yet.
func TestAliveOfTheDead(t *testing.T) {
	cmd := exec.Command("cat")
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if !Alive(cmd.Process.Pid) {
		t.Error("a process that waits is taken for dead")
	}
	in.Close()
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if Alive(cmd.Process.Pid) {
		t.Error("a zombie is taken for alive")
	}
	cmd.Wait()
	if Alive(cmd.Process.Pid) {
		t.Error("nobody is taken for alive")
	}
}

// TestAliveHere is TestAliveThroughSignals's traced process.
func TestAliveHere(t *testing.T) {
	if os.Getenv("SLIMRUN_TEST_ALIVE") == "" {
		t.Skip("started by TestAliveThroughSignals")
	}
	for range 10 {
		if !Alive(os.Getpid()) {
			t.Fatal("this very process is taken for dead")
		}
	}
}

package embedded

import (
	"os"
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary be the embedded manager's stages, as
// slimrun's main does.
func TestMain(m *testing.M) {
	if stage, ok := Stage(os.Args[0]); ok {
		os.Exit(offMainThread(stage))
	}
	os.Exit(inSharedMounts(m))
}

// inSharedMounts runs root's tests in mounts that propagate, as a booted machine's
// do: elsewhere no mount of the manager's could be seen to leak.
func inSharedMounts(m *testing.M) int {
	const again = "SLIMRUN_TEST_SHARED"
	if os.Geteuid() != 0 || os.Getenv(again) != "" {
		return m.Run()
	}
	self, err := os.Executable()
	if err != nil {
		return m.Run()
	}
	runtime.LockOSThread() // whose end would be the others'
	cmd := exec.Command("sh", append([]string{"-c", `mount --make-rshared /; exec "$0" "$@"`, self}, os.Args[1:]...)...)
	cmd.Env = append(os.Environ(), again+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &unix.SysProcAttr{Unshareflags: unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	if cmd.Run(); cmd.ProcessState == nil {
		return m.Run()
	}
	return cmd.ProcessState.ExitCode()
}

// offMainThread runs a stage where the runtime may move any of main's code:
// what a stage asks of the kernel must not rely on the process's first thread.
func offMainThread(stage func() int) int {
	runtime.LockOSThread()
	status := make(chan int)
	go func() { status <- stage() }()
	return <-status
}

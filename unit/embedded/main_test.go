package embedded

import (
	"os"
	"runtime"
	"testing"
)

// TestMain lets the test binary be the embedded manager's stages, as
// slimrun's main does.
func TestMain(m *testing.M) {
	if stage, ok := Stage(os.Args[0]); ok {
		os.Exit(offMainThread(stage))
	}
	os.Exit(m.Run())
}

// offMainThread runs a stage where the runtime may move any of main's code:
// what a stage asks of the kernel must not rely on the process's first thread.
func offMainThread(stage func() int) int {
	runtime.LockOSThread()
	status := make(chan int)
	go func() { status <- stage() }()
	return <-status
}

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// marker is set for every process of a scenario: clean finds them by it.
const marker = "E2E_SCENARIO"

type (
	testKey  struct{}
	startKey struct{}
	tasksKey struct{}
)

// kept is what a scenario gets of the caller's environment. testscript begins with
// an empty one, but how systemd is reached is just what is to be tested.
var kept = []string{
	"HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG",
	"XDG_RUNTIME_DIR", "XDG_SESSION_ID", "DBUS_SESSION_BUS_ADDRESS",
}

func setup(env *testscript.Env) error {
	for _, name := range kept {
		if value, ok := os.LookupEnv(name); ok {
			env.Setenv(name, value)
		}
	}
	program, err := filepath.Abs(*slimrun)
	if err != nil {
		return err
	}
	env.Setenv("PATH", filepath.Dir(program)+":"+os.Getenv("PATH"))
	env.Setenv(marker, env.WorkDir)
	env.Setenv("PATIENCE", strconv.Itoa(*patience))
	env.Values[testKey{}] = env.T()
	env.Values[tasksKey{}] = map[string]*task{}
	env.Values[startKey{}] = traces()
	env.Defer(func() { holdReports(env) })
	end := time.AfterFunc(env.T().(inline).limit, func() { endAll(env.WorkDir) })
	env.Defer(func() {
		end.Stop()
		if env.T().(inline).Failed() {
			endAll(env.WorkDir)
		}
	})
	return nil
}

// endAll ends what is left of a scenario that failed, and tells what it was doing.
// Whoever still held the output of a program that was killed at the end of the
// scenario's time would hold up all others; and names would still be taken.
func endAll(work string) {
	for left := allProcesses(); len(left) > 0; time.Sleep(100 * time.Millisecond) {
		left = slices.DeleteFunc(left, func(p process) bool { return !p.marked(work) })
		for _, p := range left {
			fmt.Printf("still there: process %d %q in %s\n", p.pid, p.argv, read(p.file("wchan")))
			_ = unix.Kill(p.pid, unix.SIGKILL)
		}
	}
}

// environ is the scenario's environment as it is now, with what env has set in
// it. testscript keeps it to itself, but not from a program.
func environ(ts *testscript.TestScript) []string {
	file := filepath.Join(ts.Getenv("WORK"), ".environ")
	ts.Check(ts.Exec("sh", "-c", `env -0 >"$0"`, file))
	data, err := os.ReadFile(file)
	ts.Check(err)
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
}

package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
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
	return nil
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

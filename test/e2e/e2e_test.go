package e2e

import (
	"embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

//go:embed scenarios
var scenarios embed.FS

var (
	slimrun  = flag.String("slimrun", "", "the slimrun to test")
	patience = flag.Int("patience", 1, "by how much this machine is slower than a real one")
)

// scenarioLimit ends a scenario that hangs, with its log and its name; longLimit one that
// says "needs long".
const (
	scenarioLimit = 2 * time.Minute
	longLimit     = 20 * time.Minute
)

// wait stretches a time that a scenario allows by the patience of this run.
func wait(d time.Duration) time.Duration { return d * time.Duration(*patience) }

func TestScenarios(t *testing.T) {
	if *slimrun == "" {
		t.Skip("needs a machine to run on: use make test, test-native or test-vm")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, scenarios); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "scenarios", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !long.Match(script) || named(name) {
			t.Run(name, func(t *testing.T) { runScenario(t, file, script) })
		}
	}
}

var (
	alone = regexp.MustCompile(`(?m)^needs .*\balone\b`)
	long  = regexp.MustCompile(`(?m)^needs .*\blong\b`)
)

// named says whether just this scenario was asked for: one that is long runs for nothing less.
func named(name string) bool {
	return strings.Contains(flag.Lookup("test.run").Value.String(), name)
}

// runScenario runs most scenarios side by side. Those that say "needs alone" come
// one after the other before them: go test holds parallel tests back until then.
func runScenario(t *testing.T, file string, script []byte) {
	limit := scenarioLimit
	if long.Match(script) {
		limit = longLimit
	}
	if elsewhere(filepath.Base(t.Name()), script) {
		t.Skip("needs its turn: runs in another machine, and by make test-vm in each")
	}
	if !alone.Match(script) {
		t.Parallel()
	}
	testscript.RunT(newInline(t, limit), testscript.Params{
		Files:              []string{file},
		Setup:              setup,
		Cmds:               commands,
		Condition:          condition,
		Deadline:           time.Now().Add(limit),
		RequireUniqueNames: true,
	})
}

var commands = map[string]func(*testscript.TestScript, bool, []string){
	"needs":  needs,
	"status": status,
	"start":  start,
	"signal": sendSignal,
	"flood":  flood,
	"ended":  ended,
	"within": within,
	"pty":    pty,
	"json":   jsonValue,
	"clean":  clean,
}

// inline runs a script as the test it is given, where testscript would make a
// subtest of its own: so each scenario has its own deadline. It shows the log of
// what failed only, but of that the whole.
type inline struct {
	*testing.T
	log   *strings.Builder
	late  *bool
	limit time.Duration
}

func newInline(t *testing.T, limit time.Duration) inline {
	i, begin := inline{t, &strings.Builder{}, new(bool), limit}, time.Now()
	t.Cleanup(func() {
		if t.Failed() {
			// testscript keeps a tenth of the time for its own end.
			i.tellLate(*i.late || time.Since(begin) > limit*9/10)
			t.Log(i.log)
		}
	})
	return i
}

// tellLate marks for the guest's script what ran out of time on an emulated machine,
// where it may have been starved: that, and nothing else, is run once more by itself.
func (t inline) tellLate(late bool) {
	if late && *patience > 1 {
		fmt.Printf("--- LATE: %s\n", t.Name())
	}
}

// tooLate is Fatalf for a wait that is over.
func tooLate(ts *testscript.TestScript, format string, args ...any) {
	*ts.Value(testKey{}).(inline).late = true
	ts.Fatalf(format, args...)
}

func (t inline) Log(words ...any)                   { fmt.Fprintln(t.log, words...) }
func (t inline) Parallel()                          {}
func (t inline) Verbose() bool                      { return true }
func (t inline) Run(_ string, f func(testscript.T)) { f(t) }

package launcher

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit/problem"
)

// Rows A6 A7 A8 A9 A10 K2: a step that failed inside, its status and remedy.
func TestExplainFailure(t *testing.T) {
	find := func(errno syscall.Errno) *nsinit.Failure {
		return &nsinit.Failure{Step: nsinit.StepFind, Object: "x", Errno: errno}
	}
	exec := func(errno syscall.Errno) *nsinit.Failure {
		return &nsinit.Failure{Step: nsinit.StepExec, Object: "x", Errno: errno}
	}
	for name, c := range map[string]struct {
		failure *nsinit.Failure
		status  int
		want    string
	}{
		"A6 missing":        {find(syscall.ENOENT), 127, `"x" was not found`},
		"A9 below a file":   {find(syscall.ENOTDIR), 127, `"x" was not found`},
		"A7 not executable": {find(syscall.EACCES), 126, `"x"`},
		"A7 refused":        {exec(syscall.EACCES), 126, `"x"`},
		"A6 interpreter":    {exec(syscall.ENOENT), 126, `"x"`},
		"A8 no format":      {exec(syscall.ENOEXEC), 126, "hint: neither ELF"},
		"A10 too long":      {exec(syscall.E2BIG), 126, "argument list too long"},
		"M8 no fork":        {exec(syscall.EAGAIN), 125, "too small"},
		"M3 no memory":      {exec(syscall.ENOMEM), 125, "too small"},
		"K2 no proc":        {&nsinit.Failure{Step: "mounting /proc", Errno: syscall.EPERM}, 125, "hint: a container"},
		"K6 another step":   {&nsinit.Failure{Step: "setting the hostname", Object: "h", Errno: syscall.EPERM}, 125, `setting the hostname "h"`},
	} {
		t.Run(name, func(t *testing.T) {
			var v verdict.Verdict
			err := Explain(c.failure)
			v.Fail(err)
			text := err.Error()
			if remedy := problem.Remedy(err); remedy != "" {
				text += "\nhint: " + remedy
			}
			if v.Status != c.status || !strings.Contains(text, c.want) {
				t.Errorf("status %d, %q, want %d and %q", v.Status, text, c.status, c.want)
			}
		})
	}
}

// Rows K1 K5: what forbids a clone is told from what else went wrong.
func TestExplainClone(t *testing.T) {
	if err := explainClone(syscall.EINVAL); err != syscall.EINVAL {
		t.Errorf("EINVAL became %v", err)
	}
	err := explainClone(syscall.EAGAIN)
	if !strings.Contains(problem.Remedy(err), "ulimit -u") || !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("EAGAIN became %v", err)
	}
	err = userNamespaceProblem(syscall.EPERM)
	if !strings.Contains(problem.Remedy(err), "--share all") || !errors.Is(err, syscall.EPERM) {
		t.Errorf("K1: EPERM became %v", err)
	}
}

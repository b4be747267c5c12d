package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

const transcript = `noise of the boot
=== booted 6.12 systemd 257
=== start root
=== RUN   TestScenarios
=== RUN   TestScenarios/one
=== RUN   TestScenarios/two
=== RUN   TestScenarios/three
=== NAME  TestScenarios/two
    needs_test.go:24: needs user: root here
    --- SKIP: TestScenarios/two (0.00s)
=== NAME  TestScenarios/one
    e2e_test.go:93: the log
--- PASS: TestScenarios (0.00s)
    --- PASS: TestScenarios/one (0.01s)
PASS
=== end root 0
=== done
`

func readTranscript(t *testing.T, text string) *result {
	t.Helper()
	res := newResult(suite{name: "vm", users: []string{"root"}})
	up := false
	res.read(strings.NewReader(text), func() { up = true })
	if !up {
		t.Error("up was not called")
	}
	return res
}

func TestRead(t *testing.T) {
	res := readTranscript(t, transcript)
	want := map[string]verdict{"one": {outcome: "pass", took: 10 * time.Millisecond}, "two": {outcome: "skip", reason: "needs user: root here"}, "three": {}}
	for scenario, v := range want {
		if got := res.verdicts["root"][scenario]; got != v {
			t.Errorf("%s: %+v, want %+v", scenario, got, v)
		}
	}
	if !res.done || res.status["root"] != "0" {
		t.Errorf("done %v, status %q", res.done, res.status["root"])
	}
}

func TestReport(t *testing.T) {
	var out bytes.Buffer
	err := report(&out, []*result{readTranscript(t, transcript)}, true)
	if err == nil {
		t.Error("a scenario that never ended and one skipped everywhere must fail")
	}
	for _, want := range []string{
		"three     FAIL", "skip 1: needs user: root here", "FAIL: two: skipped everywhere", "1 passed (0 of them alone, after a time-out), 1 failed, 1 skipped",
		"slowest:  vm/root one 0s",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}

func TestReportOfATestThatPassesAndDies(t *testing.T) {
	text := strings.NewReplacer("=== RUN   TestScenarios/three\n", "", "end root 0", "end root 2").Replace(transcript)
	if report(&bytes.Buffer{}, []*result{readTranscript(t, text)}, false) == nil {
		t.Error("a status other than 0 must fail, whatever the tests said")
	}
}

func TestAcquireOptions(t *testing.T) {
	config := `Acquire::http::Proxy "http://127.0.0.1:3142";
Acquire::Check-Valid-Until "false";
Acquire::Languages:: "none";
Dir::Etc "etc/apt";
Acquire::https "";
`
	got := strings.Join(acquireOptions(config), "\n")
	want := "Acquire::http::Proxy \"http://127.0.0.1:3142\";\nAcquire::Check-Valid-Until \"false\";"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

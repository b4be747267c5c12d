package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
)

// A result is what became of one suite: a verdict for each scenario and user, and
// where the time went.
type result struct {
	suite    suite
	verdicts map[string]map[string]verdict // by user, by scenario
	status   map[string]string             // by user: the exit status of their tests
	again    map[string]bool               // by user: what failed is being run once more
	phases   []phase
	err      error // the suite itself failed
	output   bytes.Buffer
	since    time.Time
	done     bool // every user's tests were run to their end
}

// passedAlone is a pass of the second run, one by one, of what ran out of time in the
// first, on an emulated machine and beside others.
const passedAlone = "pass alone"

type verdict struct {
	outcome string // "pass", passedAlone, "FAIL", "skip", or empty while it runs
	reason  string // of a skip
	took    time.Duration
}

type phase struct {
	name string
	took time.Duration
}

func newResult(s suite) *result {
	return &result{
		suite: s, since: time.Now(),
		verdicts: map[string]map[string]verdict{}, status: map[string]string{}, again: map[string]bool{},
	}
}

func (r *result) failed(err error) *result {
	r.err = err
	fmt.Printf("--- FAIL: suite %s: %v\n", r.suite.name, err)
	return r
}

// phase ends one that began when the last one ended.
func (r *result) phase(name string) {
	r.phases = append(r.phases, phase{name, time.Since(r.since)})
	r.since = time.Now()
}

var (
	started  = regexp.MustCompile(`^=== (?:RUN|NAME|CONT) +TestScenarios/(\S+)`)
	finished = regexp.MustCompile(`^ *--- (PASS|FAIL|SKIP): TestScenarios/(\S+)(?: \(([0-9.]+s)\))?`)
	needed   = regexp.MustCompile(`^ +\S+\.go:\d+: (needs .*)`)
	outcomes = map[string]string{"PASS": "pass", "FAIL": "FAIL", "SKIP": "skip"}
)

// read takes a transcript: sections that begin with "=== word", each user's being
// the output of go test -v. up is called when the machine is up.
func (r *result) read(transcript io.Reader, up func()) {
	user, scenario := "", ""
	lines := bufio.NewReader(transcript)
	for {
		line, err := lines.ReadString('\n')
		if err != nil && line == "" {
			break
		}
		line = strings.TrimRight(line, "\r\n")
		section, ok := strings.CutPrefix(line, "=== ")
		if (!ok || !r.section(strings.Fields(section), &user, up)) && user != "" {
			r.test(user, line, &scenario)
		}
	}
	r.flush()
}

// section reports whether the line was one of the harness's own.
func (r *result) section(words []string, user *string, up func()) bool {
	switch {
	case len(words) == 0:
		return false
	case words[0] == "booted":
		up()
		r.phase("boot")
		fmt.Printf("=== %s: %s\n", r.suite.name, strings.Join(words[1:], " "))
	case words[0] == "start" && len(words) == 2:
		*user = words[1]
		r.verdicts[*user] = map[string]verdict{}
	case words[0] == "again" && len(words) == 2:
		r.again[words[1]] = true
	case words[0] == "end" && len(words) == 3:
		r.status[words[1]] = words[2]
		r.phase(words[1])
		r.flush()
		*user = ""
	case words[0] == "done":
		r.done = true
	default:
		return words[0] == "journal"
	}
	return true
}

// test takes a line of go test -v. The lines between belong to the scenario that
// was named last.
func (r *result) test(user, line string, scenario *string) {
	switch verdicts := r.verdicts[user]; {
	case started.MatchString(line):
		*scenario = started.FindStringSubmatch(line)[1]
		if _, begun := verdicts[*scenario]; !begun {
			verdicts[*scenario] = verdict{}
		}
		return
	case finished.MatchString(line):
		m := finished.FindStringSubmatch(line)
		outcome := outcomes[m[1]]
		if outcome == "pass" && r.again[user] {
			outcome = passedAlone
		}
		took, _ := time.ParseDuration(m[3])
		verdicts[m[2]] = verdict{outcome, verdicts[m[2]].reason, took}
		if reason := verdicts[m[2]].reason; reason != "" {
			line += ": " + reason
		}
	case needed.MatchString(line):
		verdicts[*scenario] = verdict{reason: needed.FindStringSubmatch(line)[1]}
		return
	}
	r.echo(user, line)
}

// echo keeps go test's lines, with the environment in the tests' names, until the
// user is done: suites run side by side, and their lines must not mix.
func (r *result) echo(user, line string) {
	switch {
	case strings.HasPrefix(line, "=== "), line == "PASS", line == "FAIL", line == "":
		return
	}
	fmt.Fprintln(&r.output, strings.Replace(line, "TestScenarios", "TestScenarios/"+r.suite.env(user), 1))
}

func (r *result) flush() {
	_, _ = r.output.WriteTo(os.Stdout)
}

package docs_test

import (
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slimrun/slimrun/launcher/cmdline"
	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/launcher/sizing"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
)

// A figure is another one the next time; the kernel may also give none.
var (
	figure = regexp.MustCompile(`\b([0-9a-f]{16}|unknown|[0-9]+([0-9.:-]*[0-9])?[A-Za-zµ%]*)`)
	spaces = regexp.MustCompile(` +`)
)

// form is a text without its figures, and without the room that they take in a table.
func form(text string) string {
	return spaces.ReplaceAllString(figure.ReplaceAllString(text, "0"), " ")
}

// end is what slimrun says of a run that ended so.
func end(asked spec.Spec, outcome verdict.Outcome, kills uint64) string {
	var text strings.Builder
	n, name := uint64(1), "slimrun-"+path.Base(asked.Argv[0])+"-0123456789abcdef.scope"
	v := verdict.Verdict{Command: asked.Argv, Unit: name, Outcome: outcome, Summary: asked.Summary, Wall: time.Second}
	v.OOM.Kills = &kills
	v.Usage.Pressure = map[string]*cgroup.Pressure{"cpu": {Some: &n}, "memory": {Some: &n}, "io": {Some: &n}}
	for _, wanted := range asked.Limits {
		v.Proofs = append(v.Proofs, unit.Proof{Asked: wanted, Proven: true})
	}
	out := console.Console{Err: &text, Quiet: asked.Quiet}
	if out.Verdict(v); kills > 0 {
		out.Retry(v, 1, 2)
	}
	return text.String()
}

// listed is what words show of the runs that pages speak of; "" of other words.
func listed(word string) string {
	var text strings.Builder
	out, n, one, share, now := console.Console{Out: &text}, uint64(1), "1", 1.0, time.Unix(1e9, 0)
	memory, pids := limit.Memory.Flag, limit.Pids.Flag
	switch word {
	case "ps":
		web := runs.Entry{Name: "web", Started: &now, State: runs.Running}
		web.Command = strings.Fields("python3 -u -m http.server 1")
		web.Usage = runs.Use{Memory: &n, CPUPercent: &share, Pids: &n}
		web.Limits = map[string]runs.Limit{memory: {Kernel: &one}, pids: {Kernel: &one}}
		out.Runs([]runs.Entry{web}, now)
		stopped := string(verdict.StoppedBy)
		web.State, web.Outcome, web.ExitCode, web.Limits[pids] = runs.Ended, &stopped, new(int), runs.Limit{}
		out.Runs([]runs.Entry{web}, now)
	case "history":
		run := verdict.Report{Command: []string{"sort", "numbers"}, Outcome: verdict.Exited}
		run.Started = now.Format(time.RFC3339)
		run.Limits = map[string]verdict.LimitReport{memory: {Asked: "1G"}}
		run.Usage.CPU, run.Usage.WorkingSet = &n, &n
		out.History([]verdict.Report{run})
	case "suggest":
		out.Suggestion([]string{"sort", "numbers"}, sizing.Suggestion{Runs: 3, Pids: 10, Dirty: 1}, false)
	}
	return text.String()
}

// comes is what may come of a typed line, what must where all goes well, and whether
// nothing else does: the command itself says nothing.
func comes(line string) (may, must string, alone bool) {
	for _, words := range commands(line) {
		at := slices.Index(words, "slimrun") + 1
		if at == 0 || at == len(words) {
			continue
		}
		if text := listed(words[at]); text != "" {
			return text, "", true
		}
		asked, _, err := cmdline.Reader{Out: io.Discard}.Run(words[at:])
		if err != nil {
			var text strings.Builder
			console.Console{Err: &text}.Error(err)
			return text.String(), "", false
		}
		must = end(asked, verdict.Exited, 0)
		return must + end(asked, verdict.Exited, 1) + end(asked, verdict.OOMKilled, 1), must, false
	}
	return "", "", false
}

// told are slimrun's words as scenarios have them.
func told(t *testing.T) (all []*regexp.Regexp) {
	t.Helper()
	files, err := filepath.Glob("../test/e2e/scenarios/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(?m)^stderr '(\^slimrun: .*)'$`).FindAllSubmatch(text, -1) {
			all = append(all, regexp.MustCompile(string(found[1])))
		}
	}
	return all
}

var typedAndShown = regexp.MustCompile(`(?m)^    \$ (.*\bslimrun .*)\n((?:\n*    [^$\n].*\n)*)`)

// What a page shows as slimrun's own is what slimrun writes, but for its figures: what its
// console makes of such a run or table, or, three quarters of the line, what a scenario has
// it say.
func TestShownIsWritten(t *testing.T) {
	all, seen, count := pages(t), told(t), 0
	here(t)
	for file, text := range all {
		for _, found := range typedAndShown.FindAllStringSubmatch(text, -1) {
			may, must, alone := comes(found[1])
			lines, own := strings.Split(form(may), "\n"), ""
			for shown := range strings.Lines(found[2]) {
				shown = strings.TrimSpace(shown)
				if !strings.HasPrefix(shown, "slimrun: ") && !alone {
					continue
				}
				count++
				own += form(shown) + "\n"
				known := func(words *regexp.Regexp) bool { return len(words.FindString(shown))*4 > len(shown)*3 }
				if !slices.Contains(lines, form(shown)) && !slices.ContainsFunc(seen, known) {
					t.Errorf("%s: %s: slimrun does not write %q", file, found[1], shown)
				}
			}
			if !strings.Contains(own, form(must)) {
				t.Errorf("%s: %s: slimrun writes %q", file, found[1], must)
			}
		}
	}
	if count < 45 {
		t.Errorf("%d lines are too few", count)
	}
}

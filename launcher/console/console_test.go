package console

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
)

func ptr(n uint64) *uint64 { return &n }

// spoken is what a console says on stderr.
func spoken(c Console, say func(Console)) string {
	var b strings.Builder
	c.Err, c.Out = &b, io.Discard
	say(c)
	return b.String()
}

func asked(t *testing.T, flag, text string) limit.Asked {
	t.Helper()
	row, _ := limit.Find(flag)
	a, err := row.Ask(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Every line is slimrun's own, hints are lines by themselves, and joined
// errors come apart.
func TestError(t *testing.T) {
	hinted := problem.Of(errors.New("no manager"), "start one")
	for want, err := range map[string]error{
		"slimrun: plain\n": errors.New("plain"),
		"slimrun: no manager\nslimrun: hint: start one\n":               hinted,
		"slimrun: one\nslimrun: no manager\nslimrun: hint: start one\n": errors.Join(errors.New("one"), errors.Join(hinted)),
		"slimrun: dialling: no manager\nslimrun: hint: start one\n":     fmt.Errorf("dialling: %w", hinted),
		"slimrun: tried: a\nslimrun: b\n":                               fmt.Errorf("tried: %w", errors.Join(errors.New("a"), errors.New("b"))),
		"slimrun: a and b\n":                                            fmt.Errorf("%w and %w", errors.New("a"), errors.New("b")),
	} {
		if diff := cmp.Diff(want, spoken(Console{Quiet: true}, func(c Console) { c.Error(err) })); diff != "" {
			t.Error(diff)
		}
	}
}

func TestWarn(t *testing.T) {
	warn := func(c Console) { c.Warn(problem.Of(errors.New("not proven"), "delegate")) }
	if diff := cmp.Diff("slimrun: warning: not proven\nslimrun: hint: delegate\n", spoken(Console{}, warn)); diff != "" {
		t.Error(diff)
	}
	if said := spoken(Console{Quiet: true}, warn); said != "" {
		t.Errorf("quiet, and yet %q", said)
	}
}

// Rows M1 M2 M4 M5: one sentence when memory was short, not under -q.
func TestVerdict(t *testing.T) {
	proofs := []unit.Proof{{Asked: asked(t, "memory", "100M")}, {Asked: asked(t, "swap", "0")}, {Asked: asked(t, "timeout", "2s")}}
	base := verdict.Verdict{
		Command: []string{"stress", "-m", "1"}, Unit: "a.scope", Proofs: proofs,
		Usage: cgroup.Usage{MemoryPeak: ptr(100 << 20)},
	}
	const limits = " killed for memory: limit 100M, peak 100M, swap 0\n"
	for name, c := range map[string]struct {
		outcome verdict.Outcome
		kills   *uint64
		want    string
	}{
		"nothing to say":       {verdict.Exited, ptr(0), ""},
		"M5 killed itself":     {verdict.Signaled, ptr(0), ""},
		"not counted":          {verdict.Signaled, nil, ""},
		"M1 the payload":       {verdict.OOMKilled, ptr(1), "slimrun: stress was" + limits},
		"M1 the payload and 2": {verdict.OOMKilled, ptr(3), "slimrun: stress and 2 more of its processes were" + limits},
		"M2 a grandchild":      {verdict.Exited, ptr(1), "slimrun: 1 process of stress was" + limits},
		"M2 two grandchildren": {verdict.Exited, ptr(2), "slimrun: 2 processes of stress were" + limits},
		"time":                 {verdict.TimedOut, ptr(0), "slimrun: stress ran out of time: limit 2s\n"},
		"P13 stopped":          {verdict.StoppedBy, nil, "slimrun: stress was stopped: somebody stopped a.scope\n"},
	} {
		t.Run(name, func(t *testing.T) {
			v := base
			v.Outcome, v.OOM.Kills = c.outcome, c.kills
			if diff := cmp.Diff(c.want, spoken(Console{}, func(c Console) { c.Verdict(v) })); diff != "" {
				t.Error(diff)
			}
			if said := spoken(Console{Quiet: true}, func(c Console) { c.Verdict(v) }); said != "" {
				t.Errorf("quiet, and yet %q", said)
			}
		})
	}
}

// A payload whose forks fail mostly says something that nobody understands.
func TestVerdictRefusedForks(t *testing.T) {
	for want, forks := range map[string]verdict.Forks{
		"slimrun: 1 fork of make was refused: limit 9 tasks\n":                      {Refused: ptr(1), Limit: 9},
		"slimrun: 7 forks of make were refused: limit 9 tasks\n":                    {Refused: ptr(7), Limit: 9},
		"slimrun: 7 forks of make were refused by a limit on tasks above a.scope\n": {Refused: ptr(7)},
		"": {Refused: ptr(0)},
	} {
		v := verdict.Verdict{Command: []string{"make"}, Unit: "a.scope", Outcome: verdict.Exited, Forks: forks}
		if diff := cmp.Diff(want, spoken(Console{}, func(c Console) { c.Verdict(v) })); diff != "" {
			t.Error(diff)
		}
		if said := spoken(Console{Quiet: true}, func(c Console) { c.Verdict(v) }); said != "" {
			t.Errorf("quiet, and yet %q", said)
		}
	}
}

func TestFeltWords(t *testing.T) {
	got := felt([]verdict.Felt{
		{Row: limit.Memory, Times: 12},
		{Row: limit.CPUs, Share: 0.427},
		{Row: limit.Pids, Times: 1},
		{Row: limit.IOReadBps, Share: 0.001},
	})
	if want := "--memory 12 times, --cpus 43% of the time, --pids once, --io-read-bps 1% of the time"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestVerdictUncounted(t *testing.T) {
	v := verdict.Verdict{Command: []string{"sh"}, Unit: "a.scope", Outcome: verdict.Signaled, Uncounted: true}
	said := spoken(Console{}, func(c Console) { c.Verdict(v) })
	if diff := cmp.Diff("slimrun: sh was killed; a.scope was gone before its counters could say why\n", said); diff != "" {
		t.Error(diff)
	}
}

// A payload that its own seccomp filter killed is told so; SIGSYS alone says
// nothing.
func TestVerdictFiltered(t *testing.T) {
	v := verdict.Verdict{Command: []string{"mkdir"}, Outcome: verdict.Signaled, Signal: syscall.SIGSYS}
	if said := spoken(Console{}, func(c Console) { c.Verdict(v) }); said != "" {
		t.Errorf("without a filter: %q", said)
	}
	v.Filtered = true
	want := "slimrun: mkdir was killed by SIGSYS: it made a system call that its seccomp profile forbids\n"
	if diff := cmp.Diff(want, spoken(Console{}, func(c Console) { c.Verdict(v) })); diff != "" {
		t.Error(diff)
	}
}

func TestVerdictOfFailure(t *testing.T) {
	v := verdict.Refused(nil, errors.New("no command"))
	said := spoken(Console{Quiet: true}, func(c Console) { c.Verdict(v) })
	if diff := cmp.Diff("slimrun: no command\n", said); diff != "" {
		t.Error(diff)
	}
}

// Row M6: figures that the kernel has not are unknown, not 0.
func TestSummary(t *testing.T) {
	v := verdict.Verdict{
		Command: []string{"true"}, Unit: "a.scope", Outcome: verdict.Signaled, Status: 137, Signal: 9,
		Wall: 1234567 * time.Microsecond, Summary: true,
		Proofs: []unit.Proof{{Asked: asked(t, "memory", "100M"), Proven: true}, {Asked: asked(t, "pids", "9")}},
		Usage:  cgroup.Usage{CPU: ptr(1500), MemoryPeak: ptr(3 << 19), Pressure: map[string]*cgroup.Pressure{"io": {Some: ptr(2000)}}},
		OOM:    cgroup.OOM{Kills: ptr(0)},
	}
	const want = `slimrun: outcome   signaled, status 137, signal 9 (killed)
slimrun: scope     a.scope
slimrun: time      1.2346s
slimrun: cpu       1.5ms (user unknown, system unknown), throttled unknown
slimrun: memory    peak 1.5M, limit 100M; swap peak unknown, limit none
slimrun: kills     0 for memory, unknown times at the limit
slimrun: felt      no limit
slimrun: pids      peak unknown, limit 9
slimrun: io        read unknown, written unknown
slimrun: pressure  waited for io 2ms
`
	got := spoken(Console{}, func(c Console) { c.Verdict(v) })
	if head, limits, _ := strings.Cut(got, "slimrun: limits"); head != want ||
		!strings.Contains(limits, "100M proven") || !strings.Contains(limits, "9 NOT proven") {
		t.Errorf("%s\nlimits %q", cmp.Diff(want, head), limits)
	}
}

func TestVerboseWords(t *testing.T) {
	say := func(c Console) {
		c.Launched("a.scope", "/system.slice/a.scope", 42)
		c.Proofs([]unit.Proof{{Asked: asked(t, "memory", "100M"), Kernel: "104857600", Proven: true}, {Asked: asked(t, "pids", "9")}})
	}
	got := spoken(Console{Verbose: true}, say)
	for _, want := range []string{
		"slimrun: child 42 is held in a.scope\n", "slimrun: cgroup /system.slice/a.scope\n",
		`the kernel says "104857600"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
	if said := spoken(Console{}, say); said != "" {
		t.Errorf("not verbose, and yet %q", said)
	}
}

// Row A11: a line that a shell reads back to the same words.
func TestQuote(t *testing.T) {
	for word, want := range map[string]string{
		"plain-1.5_%@:/=,+": "plain-1.5_%@:/=,+", "": "''", "a b": "'a b'", "$HOME": "'$HOME'", "it's": `'it'\''s'`, "a\nb": "'a\nb'", "*": "'*'", "~": "'~'", "\xff": "'\xff'",
	} {
		if got := Quote(word); got != want {
			t.Errorf("Quote(%q) = %q, want %q", word, got, want)
		}
	}
	if got := QuoteAll([]string{"sh", "-c", "exit 7"}); got != "sh -c 'exit 7'" {
		t.Errorf("got %q", got)
	}
}

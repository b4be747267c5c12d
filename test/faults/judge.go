package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// How launches end.
const (
	asPayload = "the payload's status"
	refused   = "125 and a message"
	lost      = "125 and a message, when the payload had begun"
	noExec    = "126 or 127: the payload's own execve"
	goEnded   = "Go's runtime ended slimrun, which does not go on without such a call"
	wrong     = "WRONG"
)

var (
	ownWords = regexp.MustCompile(`(?m)^slimrun: .`)
	goWords  = regexp.MustCompile(`(?m)^(fatal error: |runtime: |SIG[A-Z]+: )`)
	// Where one of these fails Go ends itself by a fault, without a word (runtime/sys_linux_*.s).
	goFaults = []string{"arch_prctl", "rt_sigaction", "rt_sigprocmask", "sigaltstack"}
)

// judge says how a launch ended, and of a wrong one why.
func judge(f fault, o outcome) (kind, problem string) {
	switch {
	case o.late:
		return wrong, "not ended within " + deadline.String()
	case len(o.left) > 0:
		return wrong, fmt.Sprintf("left behind: %q", o.left)
	case o.ran && o.unlimited != nil && (!errors.Is(o.unlimited, errGone) || o.status == payloadStatus):
		return wrong, "the payload ran without its limit: " + o.unlimited.Error()
	case o.status == payloadStatus && o.ran:
		return asPayload, ""
	case o.status == 125 && ownWords.MatchString(o.words) && o.ran:
		return lost, ""
	case o.status == 125 && ownWords.MatchString(o.words):
		return refused, ""
	case f.call == "execve" && (o.status == 126 || o.status == 127) && ownWords.MatchString(o.words):
		return noExec, ""
	case goWords.MatchString(o.words), o.status == 128+int(syscall.SIGSEGV) && slices.Contains(goFaults, f.call):
		return goEnded, ""
	}
	return wrong, fmt.Sprintf("status %d", o.status)
}

// tally is what came of a line's faults.
type tally struct {
	line    string
	calls   map[string]bool
	ends    map[string]int
	slowest time.Duration
	failed  int
	wrongs  []string
}

func newTally(line string) *tally {
	return &tally{line: line, calls: map[string]bool{}, ends: map[string]int{}}
}

func (t *tally) add(f fault, o outcome) {
	kind, problem := judge(f, o)
	t.calls[f.call] = true
	t.ends[kind]++
	t.slowest = max(t.slowest, o.took)
	if kind == wrong {
		t.failed++
		words := strings.SplitN(o.words, "\n", 4)
		t.wrongs = append(t.wrongs, fmt.Sprintf("%s %d: %s %q", f.call, f.times, problem, words[:min(len(words), 3)]))
	}
}

func (t *tally) print(w io.Writer) {
	sum := 0
	for _, n := range t.ends {
		sum += n
	}
	fmt.Fprintf(
		w,
		"%s\n  %d faults in %d system calls, the slowest %.1fs\n",
		t.line,
		sum,
		len(t.calls),
		t.slowest.Seconds(),
	)
	for _, kind := range slices.Sorted(maps.Keys(t.ends)) {
		fmt.Fprintf(w, "  %5d  %s\n", t.ends[kind], kind)
	}
	for _, text := range t.wrongs {
		fmt.Fprintln(w, "  "+text)
	}
}

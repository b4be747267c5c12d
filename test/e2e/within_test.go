package e2e

import (
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// within DURATION [!] CMD... repeats a command until it succeeds, or with ! until
// it fails, for as long as that at most.
func within(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: within DURATION [!] CMD [ARG...]")
	}
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	args = args[1:]
	wanted := args[0] != "!"
	if !wanted {
		args = args[1:]
	}
	sample := command(ts, args)
	var words []byte
	if !eventually(wait(limit), func() bool {
		cmd := *sample
		words, err = cmd.CombinedOutput()
		return (err == nil) == wanted
	}) {
		tooLate(ts, "not within %s: the last try: %v\n%s%s", wait(limit), err, words, taskWords(ts))
	}
}

// eventually tries until done, or until the time is over.
func eventually(limit time.Duration, done func() bool) bool {
	for end := time.Now().Add(limit); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

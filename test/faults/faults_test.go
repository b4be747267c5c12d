package main

import (
	"errors"
	"maps"
	"testing"
	"time"
)

func TestBusiest(t *testing.T) {
	const trace = `7 openat(AT_FDCWD, "a(b", O_RDONLY) = 3
7  close(3) = 0
8 openat(AT_FDCWD, "x", O_RDONLY <unfinished ...>
7 openat(AT_FDCWD, "b", O_RDONLY) = 3
8 <... openat resumed>) = 4
8 exit_group(0) = ?
`
	if got, want := busiest(trace), map[string]int{"openat": 2, "close": 1}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestJudge(t *testing.T) {
	const said = "slimrun: no\n"
	for name, c := range map[string]struct {
		f    fault
		o    outcome
		want string
	}{
		"as without":        {fault{}, outcome{status: 7, ran: true}, asPayload},
		"refused":           {fault{}, outcome{status: 125, words: said}, refused},
		"lost":              {fault{}, outcome{status: 125, words: said, ran: true}, lost},
		"no word":           {fault{}, outcome{status: 125}, wrong},
		"its exec":          {fault{call: "execve"}, outcome{status: 126, words: said}, noExec},
		"another's 126":     {fault{call: "mount"}, outcome{status: 126, words: said}, wrong},
		"Go, in words":      {fault{call: "mmap"}, outcome{status: 2, words: "fatal error: x\n"}, goEnded},
		"Go, without":       {fault{call: "sigaltstack"}, outcome{status: 139}, goEnded},
		"a fault of ours":   {fault{call: "mount"}, outcome{status: 139}, wrong},
		"a panic of ours":   {fault{}, outcome{status: 2, words: "panic: x\n"}, wrong},
		"did not run":       {fault{}, outcome{status: 7}, wrong},
		"late":              {fault{}, outcome{status: 7, ran: true, late: true, took: time.Minute}, wrong},
		"left":              {fault{}, outcome{status: 125, words: said, left: []string{"x"}}, wrong},
		"without its limit": {fault{}, outcome{status: 7, ran: true, unlimited: errors.New("max")}, wrong},
	} {
		if got, problem := judge(c.f, c.o); got != c.want {
			t.Errorf("%s: %s (%s), want %s", name, got, problem, c.want)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// nobody is the ordinary user of this machine's own suite: everyone has one.
const nobody = 65534

func nativeUsers() []string {
	if os.Geteuid() == 0 {
		return []string{"root", "nobody"}
	}
	return []string{"user"}
}

// runNative runs the scenarios on this machine, as root and as nobody.
func (l *lab) runNative(s suite) *result {
	res := newResult(s)
	transcript, err := l.log(s, "transcript")
	if err != nil {
		return res.failed(err)
	}
	defer transcript.Close()
	r, w := io.Pipe()
	go func() {
		out := io.MultiWriter(w, transcript)
		fmt.Fprintln(out, "=== booted this machine")
		for _, user := range s.users {
			fmt.Fprintln(out, "=== start", user)
			err := l.runTwice(user, out)
			fmt.Fprintf(out, "\n=== end %s %d\n", user, exitCode(err))
		}
		fmt.Fprintln(out, "=== done")
		w.Close()
	}()
	res.read(r, func() {})
	return res
}

// runTwice runs what failed beside others once more, one by one, as the guest
// does in a machine: other work on this one may starve a scenario.
func (l *lab) runTwice(user string, out io.Writer) error {
	var first bytes.Buffer
	err := l.runAs(user, io.MultiWriter(out, &first), l.pattern, "4")
	var failed []string
	for line := range strings.Lines(first.String()) {
		if m := finished.FindStringSubmatch(line); m != nil && m[1] == "FAIL" {
			failed = append(failed, m[2])
		}
	}
	if err == nil || len(failed) == 0 {
		return err
	}
	fmt.Fprintln(out, "\n=== again", user)
	return l.runAs(user, out, "^TestScenarios$/^("+strings.Join(failed, "|")+")$", "1")
}

func (l *lab) runAs(user string, out io.Writer, pattern, parallel string) error {
	ctx, cancel := context.WithTimeout(l.ctx, userLimit+30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, l.tests(), "-test.v", "-test.parallel", parallel, "-test.run", pattern,
		"-test.timeout", userLimit.String(), "-slimrun", l.slimrun())
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Dir = "/"
	if user == "nobody" {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "USER=nobody"}
	}
	return cmd.Run()
}

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return -1
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
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
			err := l.runAs(s, user, out)
			fmt.Fprintf(out, "\n=== end %s %d\n", user, exitCode(err))
		}
		fmt.Fprintln(out, "=== done")
		w.Close()
	}()
	res.read(r, func() {})
	return res
}

func (l *lab) runAs(s suite, user string, out io.Writer) error {
	ctx, cancel := context.WithTimeout(l.ctx, l.userLimit()+30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, l.tests(here), "-test.v", "-test.parallel", "4", "-test.run", s.pattern(l.named),
		"-test.timeout", l.userLimit().String(), "-slimrun", l.slimrun(here))
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

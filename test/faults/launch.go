package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	payloadName   = "faults-payload"
	payloadStatus = 7
	// deadline is what a launch may take, whatever fails.
	deadline = 10 * time.Second
	marker   = "SLIMRUN_FAULTS_TEST"
)

// outcome is what came of a launch.
type outcome struct {
	status    int // 128+N for one that died of signal N
	words     string
	ran       bool  // the payload said so
	unlimited error // where it did: it was not under its limit
	late      bool
	left      []string
	took      time.Duration
	trace     string
}

// launch runs a line with a fault, or without.
func (l *lab) launch(line string, f *fault) (o outcome, err error) {
	l.count++
	mark := fmt.Sprintf("_FAULTS=%d-%d", os.Getpid(), l.count)
	name := fmt.Sprintf("faults-%d-%d", os.Getpid(), l.count)
	trace := filepath.Join(l.dir, "trace")
	argv := []string{"-f", "-qq", "-o", trace}
	if f != nil {
		argv = append(argv, "-e", "trace="+f.call, "-e", fmt.Sprintf("inject=%s:error=%s:when=%d", f.call, l.errno, f.times))
	}
	argv = append(append(argv, l.slimrun, "--name", name), l.argv(line)...)
	ctx, cancel := context.WithTimeout(l.ctx, deadline)
	defer cancel()
	cmd := exec.CommandContext(ctx, "strace", argv...)
	cmd.Env = append(os.Environ(), mark)
	var words bytes.Buffer
	cmd.Stderr = &words
	cmd.WaitDelay = time.Second
	if err := l.attend(cmd, mark, &o); err != nil {
		return o, err
	}
	o.late = ctx.Err() != nil
	o.words = words.String()
	o.left = left(mark, name)
	content, err := os.ReadFile(trace)
	o.trace = string(content)
	return o, err
}

// attend starts it, looks at the payload once that is there, lets it end, and waits.
func (l *lab) attend(cmd *exec.Cmd, mark string, o *outcome) error {
	in, err1 := cmd.StdinPipe()
	out, write, err2 := os.Pipe()
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout = write
	begin := time.Now()
	err := cmd.Start()
	write.Close()
	if err != nil {
		return err
	}
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		said, _ := bufio.NewReader(out).ReadString('\n')
		if o.ran = said == "here\n"; o.ran {
			o.unlimited = limited(mark)
		}
		in.Close()
	}()
	_ = cmd.Wait()
	o.took = time.Since(begin)
	o.status = statusOf(cmd.ProcessState)
	_ = out.SetReadDeadline(time.Now().Add(time.Second)) // one that is left may hold it
	<-looked
	return nil
}

func statusOf(state *os.ProcessState) int {
	if wait, ok := state.Sys().(syscall.WaitStatus); ok && wait.Signaled() {
		return 128 + int(wait.Signal())
	}
	return state.ExitCode()
}

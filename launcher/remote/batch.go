package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/conclude"
	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/record"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/slurm"
)

// submitWithin bounds sbatch: slurmctld may be busy.
const submitWithin = 2 * time.Minute

// Submit has a run be a batch job, and prints its name once Slurm has taken it: the slimrun
// of the job keeps the record, wherever it runs. It is the exit status.
func Submit(asked spec.Spec, args []string, out console.Console) int {
	if asked.Name == "" {
		asked.Name = spec.GenerateName(asked.Argv[0])
	}
	name := strings.TrimSuffix(asked.Name, ".scope")
	if err := submit(asked, name, args); err != nil {
		return out.Failed(err)
	}
	return out.Script(name + "\n")
}

// submit makes the record, and has Slurm take the job. What it has not taken leaves no record.
func submit(asked spec.Spec, name string, args []string) error {
	options, err := Request(asked)
	if err != nil {
		return err
	}
	home, err := record.OpenHome(true)
	if err != nil {
		return err
	}
	defer home.Close()
	dir, _ := os.Getwd()
	kept, err := record.Create(home, name, record.Started{
		Name: name, Manager: string(asked.Kind), Time: time.Now(), Stdin: asked.Stdin, Remove: asked.Remove,
		Line: append([]string{"slimrun"}, args...), Variables: grammar.VariablesIn(os.Environ()), Directory: dir,
	})
	if err != nil {
		return err
	}
	job, err := batch(options, name, args)
	if err != nil {
		kept.Drop()
		return err
	}
	return kept.Submit(job)
}

// batch submits the job, whose script is slimrun alone. What that says goes to the log, which
// it opens itself.
func batch(options []string, name string, args []string) (job string, err error) {
	program, err := slurm.Program("sbatch")
	if err != nil {
		return "", err
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding slimrun itself: %w", err)
	}
	env, err := environment(parcel{Args: args, Record: name})
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), submitWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, slices.Concat(options, []string{
		"--parsable", "--no-requeue", "--export=ALL", "--chdir=/", "--input=/dev/null", "--output=/dev/null",
	})...)
	var words bytes.Buffer
	cmd.Env, cmd.Stderr = env, &words
	cmd.Stdin = strings.NewReader("#!/bin/sh\nexec " + console.Quote(self) + " " + word + "\n")
	output, err := cmd.Output()
	job, _, _ = strings.Cut(strings.TrimSpace(string(output)), ";")
	switch {
	case err != nil:
		return "", fmt.Errorf("sbatch has not taken the job: %w: %s", err, strings.TrimSpace(words.String()))
	case !isNumber(job):
		return "", fmt.Errorf("submitting the job: sbatch says %q, want a number", output)
	}
	return job, nil
}

// keep takes up the job's record, to whose log goes from now on what this process and its
// payload write.
func (n *Node) keep() error {
	home, err := record.OpenHome(false)
	if err != nil {
		return err
	}
	kept, err := record.Resume(home, n.name)
	if err != nil {
		return err
	}
	if err := kept.TakeOutput(); err != nil {
		return err
	}
	n.record = kept
	return nil
}

// openStdin is what a batch job reads.
func openStdin(name string) error {
	if name == "" {
		return nil
	}
	file, err := os.Open(name)
	if err == nil {
		err = unix.Dup3(int(file.Fd()), 0, 0)
	}
	if err != nil {
		return fmt.Errorf("--stdin %q: %w", name, err)
	}
	return file.Close()
}

// attendBatch keeps the record of a job. It is the job's exit status: whoever depends on it
// goes by that.
func (n *Node) attendBatch() int {
	asked, err := n.read()
	if n.record == nil {
		return n.Failed(err)
	}
	if err == nil {
		err = openStdin(asked.Stdin)
	}
	files, unwritable := conclude.Open(asked, n)
	v := n.launch(asked, errors.Join(err, unwritable))
	v.LogErr = n.record.Full()
	status := files.Conclude(n.Console, asked, v)
	report, err := verdict.ReportLine(v)
	if err == nil {
		err = n.record.End(report)
	}
	if err == nil && asked.Remove {
		err = n.record.Remove()
	}
	n.Warn(err)
	return status
}
